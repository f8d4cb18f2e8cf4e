import type { Process } from '@slipway/domain';
import fc from 'fast-check';
import type { EventLog, NewEvent, RecordedEvent } from './event-log.js';
import { openMemoryEventLog } from './memory-event-log.js';
import { openMemorySnapshots } from './memory-snapshots.js';
import type { ProcessDefinition } from './process-definition.js';
import { ProcessInstance } from './process-instance.js';
import { SNAPSHOT_EVERY_EVENTS, type Snapshots } from './snapshots.js';

type Input = { readonly ask: number };
type Effect = { readonly type: 'give'; readonly parcels: number };
type Purse = { readonly asked: number; readonly given: number; readonly last: number };

/** Rules that give parcels of `size` for whatever is asked and was not given yet. */
const rules = (version: number, size: number): Process<Purse, Input, Effect> => ({
  version,
  initialState: { asked: 0, given: 0, last: 0 },
  evolve: (purse, { ask }) => ({ ...purse, asked: purse.asked + ask }),
  react: (_input, { asked, given }) => (asked - given < size ? [] : [{ type: 'give', parcels: Math.floor((asked - given) / size) * size }]),
  claim: (purse, effects) => effects.reduce((before, { parcels }) => ({ ...before, given: before.given + parcels, last: parcels }), purse),
});

const OLDER = rules(1, 3);
const NEWER = rules(2, 2);

const definitionOf = (process: Process<Purse, Input, Effect>): ProcessDefinition<Purse, Input, Effect> => ({
  name: 'giver',
  process,
  filter: {},
  route: () => null,
  perform: async () => undefined,
  // Kept in hundredths, so that an effect folded without its codec would show.
  effectCodec: {
    toJson: ({ type, parcels }) => ({ type, hundredths: parcels * 100 }),
    fromJson: (json) => ({ type: 'give', parcels: (json as { readonly hundredths: number }).hundredths / 100 }),
  },
  snapshot: { version: '1', toJson: (state) => state, fromJson: (json) => json as Purse },
});

const fact = (position: number): RecordedEvent => ({
  ...{ id: `fact-${position}`, type: 'Asked', version: 1, data: {}, metadata: {} },
  ...{ streamId: 'ask-1', revision: position - 1, position, recordedAtMs: 0 },
});

const instanceOf = (process: Process<Purse, Input, Effect>, log: EventLog, snapshots?: Snapshots) => new ProcessInstance('1', definitionOf(process), log, snapshots);

/** Takes asks from `position` on, each by an instance that has read the stream anew. */
async function take(process: Process<Purse, Input, Effect>, log: EventLog, asks: readonly number[], position: number): Promise<void> {
  for (const [index, ask] of asks.entries()) await instanceOf(process, log).takeFact({ ask }, fact(position + index), 0);
}

async function steps(log: EventLog): Promise<readonly RecordedEvent[]> {
  const read = await log.readStream('process-giver-1');
  return 'found' in read ? Array.fromAsync(read.found) : [];
}

/** What the next ask is answered with: the state, as far as it matters. */
async function answerTo(process: Process<Purse, Input, Effect>, original: EventLog, ask: number, snapshots?: Snapshots): Promise<unknown> {
  await using copy = openMemoryEventLog();
  for (const { streamId, id, type, version, data, metadata } of await steps(original)) await copy.append(streamId, [{ id, type, version, data, metadata }], 'any');
  await instanceOf(process, copy, snapshots).takeFact({ ask }, fact(LATER), 0);
  return (await steps(copy)).at(-1)?.data;
}

/** A position after every fact that was taken. */
const LATER = 1_000_000;

const asks = fc.array(fc.nat(9), { maxLength: 8 });

describe('a process whose rules changed', () => {
  it('comes to the same state whichever release folds what the older rules decided', async () => {
    await fc.assert(
      fc.asyncProperty(asks, asks, fc.nat(9), async (before, after, ask) => {
        await using log = openMemoryEventLog();
        await take(OLDER, log, before, 1);
        await take(NEWER, log, after, 1 + before.length);
        const given = (await steps(log)).flatMap(({ data }) => (data as { effects: { hundredths: number }[] }).effects).reduce((sum, { hundredths }) => sum + hundredths / 100, 0);
        const owed = [...before, ...after, ask].reduce((sum, asked) => sum + asked, 0) - given;
        for (const [process, size] of [[OLDER, 3], [NEWER, 2]] as const) {
          const parcels = Math.floor(owed / size) * size;
          expect(await answerTo(process, log, ask)).toMatchObject({
            logicVersion: process.version,
            effects: parcels === 0 ? [] : [{ type: 'give', hundredths: parcels * 100 }],
          });
        }
      }),
      { numRuns: 100 },
    );
  });

  it('names in each step the version of the rules that made it', async () => {
    await using log = openMemoryEventLog();
    await take(OLDER, log, [3], 1);
    await take(NEWER, log, [2], 2);
    expect((await steps(log)).map(({ version, data }) => ({ version, data }))).toMatchObject([
      { version: 2, data: { logicVersion: 1, effects: [{ hundredths: 300 }] } },
      { version: 2, data: { logicVersion: 2, effects: [{ hundredths: 200 }] } },
    ]);
  });

  it('reads steps of the first form as made by version 1', async () => {
    await using log = openMemoryEventLog();
    const data = { sourcePosition: 1, input: { ask: 5 }, takenAtMs: 0, timers: [], effects: [{ type: 'give', hundredths: 300 }] };
    const first: NewEvent = { id: 'first', type: 'ProcessInputTaken', version: 1, data, metadata: {} };
    await log.append('process-giver-1', [first], 'none');
    expect(await answerTo(NEWER, log, 1)).toMatchObject({ logicVersion: 2, effects: [{ hundredths: 200 }] });
  });

  it('does not use a state that was kept under other rules', async () => {
    await using log = openMemoryEventLog();
    const snapshots = openMemorySnapshots();
    const older = instanceOf(OLDER, log, snapshots);
    for (let position = 1; position <= SNAPSHOT_EVERY_EVENTS; position++) await older.takeFact({ ask: 3 }, fact(position), 0);
    const loaded: (string | null)[] = [];
    const watched: Snapshots = {
      ...snapshots,
      async load(streamId, version) {
        const snapshot = await snapshots.load(streamId, version);
        loaded.push(snapshot?.version ?? null);
        return snapshot;
      },
    };
    const answers = [await answerTo(OLDER, log, 2, watched), await answerTo(NEWER, log, 2, watched)];
    expect(answers).toMatchObject([{ effects: [] }, { effects: [{ hundredths: 200 }] }]);
    expect(loaded).toEqual(['1/rules-1', null]);
  });
});
