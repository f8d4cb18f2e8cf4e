import type { EventLog } from './event-log.js';
import { ManualClock } from './manual-clock.js';
import { openMemoryEventLog } from './memory-event-log.js';
import { openMemorySnapshots } from './memory-snapshots.js';
import { orderDefinition, orderItem, orderOf } from './order-process.js';
import { readProcessIndex } from './process-index.js';
import { startProcessRunner, type ProcessRunner } from './process-runner.js';

const ORDERS = 60;
const RECORDS_PER_ORDER = 4; // taken, packed, shipped, and the fact that it was shipped
const EVERY = 40;

/** So many records a start reads. */
async function recordsRead(log: EventLog, snapshots: ReturnType<typeof openMemorySnapshots> | undefined) {
  let read = 0;
  const index = await readProcessIndex(log, 'order', snapshots, (records) => (read += records));
  return { read, index };
}

async function settled(runner: ProcessRunner, position: number): Promise<void> {
  while (runner.health().position < position || runner.health().instancesOwing > 0) await new Promise((resolve) => setImmediate(resolve));
}

const definitionOver = (log: EventLog) => orderDefinition(log, async () => undefined);

describe('a process taken over after its runner died', () => {
  it('reads only what was added since the last index, which was kept while the runner was at work', async () => {
    await using log = openMemoryEventLog();
    const [clock, snapshots] = [new ManualClock(1_000), openMemorySnapshots()];
    await using dying = startProcessRunner(definitionOver(log), { log, clock, snapshots, indexEveryRecords: EVERY });
    for (let order = 0; order < ORDERS; order++) await settled(dying, await orderItem(log, String(order), 'hat'));

    const [resumed, afresh] = [await recordsRead(log, snapshots), await recordsRead(log, undefined)];
    expect(afresh.read).toBe(ORDERS * RECORDS_PER_ORDER);
    expect(resumed.read).toBeLessThan(2 * EVERY);
    expect([...resumed.index.owing].sort()).toEqual([...afresh.index.owing].sort());
    expect(resumed.index.position).toBe(afresh.index.position);
    expect(resumed.index.sourcePosition).toBeGreaterThanOrEqual(afresh.index.sourcePosition);

    const shipped: string[] = [];
    const definition = orderDefinition(log, async (effect, { key }) => void shipped.push(`${key} ${effect.type}`));
    await using next = startProcessRunner(definition, { log, clock, snapshots, indexEveryRecords: EVERY });
    await next.ready;
    await settled(next, await orderItem(log, 'last', 'hat'));
    expect(shipped.filter((text) => text === 'last pack').length).toBeLessThanOrEqual(1); // the dying one is still there, too
    expect((await orderOf(log, 'last')).ordered).toEqual(['hat']);
  });

  it('keeps what it had to read in full, so that the next start need not', async () => {
    await using log = openMemoryEventLog();
    const clock = new ManualClock(1_000);
    {
      await using runner = startProcessRunner(definitionOver(log), { log, clock });
      for (let order = 0; order < ORDERS; order++) await settled(runner, await orderItem(log, String(order), 'hat'));
    }
    const snapshots = openMemorySnapshots();
    await using runner = startProcessRunner(definitionOver(log), { log, clock, snapshots, indexEveryRecords: EVERY });
    await runner.ready;
    while ((await recordsRead(log, snapshots)).read > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('goes on when the index cannot be kept, and says so', async () => {
    await using log = openMemoryEventLog();
    const failures: unknown[] = [];
    const snapshots = { ...openMemorySnapshots(), save: async () => Promise.reject(new Error('no room')) };
    const options = { log, clock: new ManualClock(1_000), snapshots, indexEveryRecords: 5, onFailure: ({ error }: { readonly error: unknown }) => void failures.push(error) };
    await using runner = startProcessRunner({ ...definitionOver(log), name: 'order' }, options);
    for (let order = 0; order < 10; order++) await settled(runner, await orderItem(log, String(order), 'hat'));
    while (failures.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(failures[0]).toMatchObject({ message: 'no room' });
    expect(runner.health()).toMatchObject({ state: 'following', error: null });
  });
});
