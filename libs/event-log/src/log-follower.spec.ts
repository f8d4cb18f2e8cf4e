import type { EventLog, RecordedEvent } from './event-log.js';
import { LogFollower } from './log-follower.js';
import { openMemoryEventLog } from './memory-event-log.js';

const LONG_MS = 30_000;
const write = (log: EventLog, type: string, id: string) => log.append('s-1', [{ id, type, version: 1, data: {}, metadata: {} }], 'any');

describe('a follower of the log', () => {
  let log: EventLog;
  let follower: LogFollower | null = null;
  const taken: string[] = [];
  const follow = (take: (event: RecordedEvent) => void, from: Pick<EventLog, 'follow'> = log, onFailure: (error: unknown) => void = () => undefined) =>
    (follower = new LogFollower({ log: from, filter: { types: ['A'] }, take, onFailure }));

  beforeEach(() => {
    log = openMemoryEventLog({ nowMs: () => 1 });
    taken.length = 0;
  });
  afterEach(async () => {
    await follower?.close();
    await log[Symbol.asyncDispose]();
  });

  it('takes what there was, and then what comes, each once and in order', async () => {
    await write(log, 'A', '1');
    await write(log, 'B', '2');
    const following = follow(({ id }) => void taken.push(id));
    await following.caughtUp;
    expect(taken).toEqual(['1']);
    await write(log, 'A', '3');
    expect(await following.waitFor(3, LONG_MS)).toBe(true);
    expect(taken).toEqual(['1', '3']);
    expect(following.position).toBe(3);
  });

  it('reaches positions of events it does not look at', async () => {
    const following = follow(({ id }) => void taken.push(id));
    await write(log, 'B', '1');
    expect(await following.waitFor(1, LONG_MS)).toBe(true);
  });

  it('goes on where it was when the log could not be followed, or an event not be taken', async () => {
    for (const id of ['1', '2', '3']) await write(log, 'A', id);
    const failures: string[] = [];
    let broken = 0;
    const flaky: Pick<EventLog, 'follow'> = {
      follow: (options) => {
        broken += 1;
        if (broken === 1) throw new Error('no connection');
        return log.follow(options);
      },
    };
    const refused = new Set(['2']);
    const following = follow(({ id }) => {
      if (refused.delete(id)) throw new Error('not now');
      taken.push(id);
    }, flaky, (error) => failures.push((error as Error).message));
    expect(await following.waitFor(3, LONG_MS)).toBe(true);
    expect(taken).toEqual(['1', '2', '3']);
    expect(failures).toEqual(['no connection', 'not now']);
  });

  it('answers those who wait when it is closed, and when it takes too long', async () => {
    const following = follow(() => undefined);
    expect(await following.waitFor(1, 1)).toBe(false);
    const waiting = following.waitFor(1, LONG_MS);
    await following.close();
    expect(await waiting).toBe(false);
    expect(await following.waitFor(1, LONG_MS)).toBe(false);
  });
});
