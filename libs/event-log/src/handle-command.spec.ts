import { accept, reject, type Decider } from '@slipway/domain';
import type { Aggregate } from './aggregate.js';
import { eventsOf } from './conformance-events.js';
import type { EventLog } from './event-log.js';
import { CommandTooLargeError, ContendedStreamError, CONFLICT_ATTEMPTS_MAX, handleCommand } from './handle-command.js';
import { openMemoryEventLog } from './memory-event-log.js';
import { openMemorySnapshots } from './memory-snapshots.js';
import { SNAPSHOT_EVERY_EVENTS } from './snapshots.js';
import { StateCache } from './state-cache.js';

type Command = { type: 'Add'; amount: number; times?: number };
type Event = { type: 'Added'; amount: number };
type Rejection = { type: 'TooMuch'; sum: number };

let evolved = 0;
beforeEach(() => void (evolved = 0));

const decider: Decider<number, Command, Event, Rejection> = {
  initialState: 0,
  decide({ amount, times = 1 }, sum) {
    if (amount === 0) return accept();
    if (sum + amount * times > 10_000) return reject({ type: 'TooMuch', sum });
    return accept(...Array.from({ length: times }, (): Event => ({ type: 'Added', amount })));
  },
  evolve(sum, event) {
    evolved++;
    return sum + event.amount;
  },
};

const adder: Aggregate<number, Command, Event, Rejection> = {
  decider,
  parse: ({ data }) => data as Event,
  serialize: (event) => ({ type: event.type, version: 1, data: event }),
  snapshot: { version: '1', toJson: (sum) => sum, fromJson: (json) => json as number },
};

const add = (log: EventLog, commandId: string, amount: number, options = {}, times = 1) =>
  handleCommand(log, adder, 'sum-1', { type: 'Add', amount, times }, { commandId, actor: 'anna', correlationId: 'c' }, options);

describe('handling a command', () => {
  it('records what was decided, with ids from the command and the context as metadata', async () => {
    await using log = openMemoryEventLog();
    expect(await add(log, 'one', 5, {}, 2)).toEqual({ accepted: [{ type: 'Added', amount: 5 }, { type: 'Added', amount: 5 }], revision: 1, position: 2 });
    const [first, second] = await eventsOf(log, 'sum-1');
    expect(first?.metadata).toEqual({ commandId: 'one', actor: 'anna', correlationId: 'c' });
    expect(first?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second?.id).not.toBe(first?.id);
  });

  it('writes nothing when it is refused or changes nothing', async () => {
    await using log = openMemoryEventLog();
    expect(await add(log, 'one', 20_000)).toEqual({ rejected: { type: 'TooMuch', sum: 0 } });
    expect(await add(log, 'two', 0)).toEqual({ accepted: [], revision: -1, position: 0 });
    expect(await log.head()).toBe(0);
  });

  it.each(['nothing', 'a cache', 'snapshots'])('answers a repeated command with what it wrote the first time, keeping %s', async (kept) => {
    await using log = openMemoryEventLog();
    const options = kept === 'a cache' ? { cache: new StateCache<number>() } : kept === 'snapshots' ? { snapshots: openMemorySnapshots() } : {};
    const first = await add(log, 'one', 1, options, 2);
    for (let round = 0; round < 3; round++) await add(log, `other-${round}`, 1, options, SNAPSHOT_EVERY_EVENTS / 2);
    expect(await add(log, 'one', 1, options, 2)).toEqual(first);
    expect(await log.head()).toBe(2 + 3 * (SNAPSHOT_EVERY_EVENTS / 2));
  });

  it('decides again when somebody else was first', async () => {
    await using log = openMemoryEventLog();
    const outcomes = await Promise.all(Array.from({ length: 4 }, (_, index) => add(log, `racer-${index}`, 4_000)));
    expect(outcomes.filter((outcome) => 'accepted' in outcome)).toHaveLength(2);
    expect(outcomes.filter((outcome) => 'rejected' in outcome)).toEqual(Array(2).fill({ rejected: { type: 'TooMuch', sum: 8_000 } }));
  });

  it('gives up on a stream that changes every time', async () => {
    await using log = openMemoryEventLog();
    let appends = 0;
    const contended = { ...wrap(log), append: async () => (appends++, { conflict: { actualRevision: appends } }) };
    await expect(add(contended, 'one', 1)).rejects.toThrow(ContendedStreamError);
    expect(appends).toBe(CONFLICT_ATTEMPTS_MAX);
  });

  it('says when a command would record more than an append may hold', async () => {
    await using log = openMemoryEventLog();
    const wordy = { ...adder, serialize: (event: Event) => ({ type: event.type, version: 1, data: { text: 'x'.repeat(2_000_000) } }) };
    const handled = handleCommand(log, wordy, 'sum-1', { type: 'Add', amount: 1 }, { commandId: 'one' });
    await expect(handled).rejects.toThrow(CommandTooLargeError);
  });

  it('does not fold a cached stream again, but sees what others wrote to it', async () => {
    await using log = openMemoryEventLog();
    const cache = new StateCache<number>();
    await add(log, 'one', 1, { cache }, 100);
    evolved = 0;
    await add(log, 'two', 1, { cache });
    expect(evolved).toBe(1);
    await add(log, 'three', 9_000);
    expect(await add(log, 'four', 1_000, { cache })).toEqual({ rejected: { type: 'TooMuch', sum: 9_101 } });
  });

  it('starts from a snapshot, and ignores one that is wrong, of another version, or of another history', async () => {
    await using log = openMemoryEventLog();
    await using snapshots = openMemorySnapshots();
    await add(log, 'one', 1, { snapshots }, SNAPSHOT_EVERY_EVENTS);
    const snapshot = await snapshots.load('sum-1', '1');
    expect(snapshot).toMatchObject({ revision: SNAPSHOT_EVERY_EVENTS - 1, state: SNAPSHOT_EVERY_EVENTS });
    evolved = 0;
    await add(log, 'two', 0, { snapshots });
    expect(evolved).toBe(0);
    if (snapshot === null) return;
    for (const wrong of [{ eventId: 'another' }, { revision: 5 }, { revision: SNAPSHOT_EVERY_EVENTS + 5 }]) {
      await snapshots.save({ ...snapshot, ...wrong, state: 9_999 });
      evolved = 0;
      expect(await add(log, JSON.stringify(wrong), 1, { snapshots })).toHaveProperty('accepted');
      expect(evolved).toBeGreaterThan(SNAPSHOT_EVERY_EVENTS);
    }
  });

  it('is not disturbed when a snapshot cannot be kept', async () => {
    await using log = openMemoryEventLog();
    const errors: unknown[] = [];
    const full = { ...openMemorySnapshots(), save: async () => Promise.reject(new Error('disk full')) };
    const outcome = await add(log, 'one', 1, { snapshots: full, onSnapshotError: (error: unknown) => errors.push(error) }, SNAPSHOT_EVERY_EVENTS);
    expect(outcome).toHaveProperty('accepted');
    expect(errors).toHaveLength(1);
  });
});

describe('the state cache', () => {
  it('keeps the streams used last', () => {
    const cache = new StateCache<string>(2);
    for (const streamId of ['a', 'b', 'a', 'c']) cache.set(streamId, { state: streamId, revision: 0 });
    expect(['a', 'b', 'c'].map((streamId) => cache.get(streamId)?.state)).toEqual(['a', undefined, 'c']);
  });
});

const wrap = (log: EventLog): EventLog => ({
  append: (...request) => log.append(...request),
  readStream: (...request) => log.readStream(...request),
  readAll: (...request) => log.readAll(...request),
  follow: (...request) => log.follow(...request),
  followStream: (...request) => log.followStream(...request),
  listStreams: (...request) => log.listStreams(...request),
  findEvent: (...request) => log.findEvent(...request),
  head: () => log.head(),
  [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
});
