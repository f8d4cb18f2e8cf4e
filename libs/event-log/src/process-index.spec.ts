import { openMemoryEventLog } from './memory-event-log.js';
import { openMemorySnapshots } from './memory-snapshots.js';
import { keepProcessIndex, readProcessIndex } from './process-index.js';
import { toEvent, type ProcessRecord } from './process-records.js';

const taken = (sourcePosition: number, effects: readonly unknown[]): ProcessRecord => {
  return { type: 'ProcessInputTaken', logicVersion: 1, sourcePosition, input: {}, takenAtMs: 0, timers: [], effects };
};

async function written() {
  const log = openMemoryEventLog();
  const write = (key: string, record: ProcessRecord) => {
    const streamId = `process-order-${key}`;
    return log.append(streamId, [toEvent(streamId, record, { actor: 'process/order' })], 'any');
  };
  await write('1', taken(5, [{ type: 'pack' }]));
  await write('2', taken(6, []));
  await write('3', taken(7, [{ type: 'pack' }]));
  await write('3', { type: 'ProcessEffectPerformed', effectId: 'process-order-3/0/0' });
  return { log, write };
}

describe('the index of a process', () => {
  it('holds the last fact taken and only those instances that owe something', async () => {
    const { log } = await written();
    const index = await readProcessIndex(log, 'order', undefined);
    expect(index).toMatchObject({ position: 4, sourcePosition: 7 });
    expect([...index.owing.keys()]).toEqual(['1']);
  });

  it('is read on from where it was kept, and equals one read from the beginning', async () => {
    const { log, write } = await written();
    const snapshots = openMemorySnapshots();
    await keepProcessIndex(log, 'order', snapshots, await readProcessIndex(log, 'order', undefined));
    await write('1', { type: 'ProcessEffectPerformed', effectId: 'process-order-1/0/0' });
    await write('2', taken(9, [{ type: 'pack' }]));
    const reads: number[] = [];
    const watched = Object.assign(Object.create(log), {
      readAll: (options: Parameters<typeof log.readAll>[0]) => (reads.push(options?.after ?? 0), log.readAll(options)),
    });
    const resumed = await readProcessIndex(watched, 'order', snapshots);
    expect(reads).toEqual([3, 4]);
    const afresh = await readProcessIndex(log, 'order', undefined);
    expect([...resumed.owing.keys()]).toEqual(['2']);
    expect({ ...resumed, owing: [...resumed.owing.keys()] }).toEqual({ ...afresh, owing: [...afresh.owing.keys()] });
  });

  it('is not believed when it was kept for another log', async () => {
    const { log } = await written();
    const snapshots = openMemorySnapshots();
    const state = { sourcePosition: 99, owing: [] };
    await snapshots.save({ streamId: 'process-index/order', version: 'process-index-1', revision: 4, eventId: 'other', state });
    expect(await readProcessIndex(log, 'order', snapshots)).toMatchObject({ sourcePosition: 7 });
  });
});
