import { newEvents } from './conformance-events.js';
import type { EventFilter } from './event-filter.js';
import { openMemoryEventLog } from './memory-event-log.js';
import type { Projection } from './projection.js';
import { startProjectionRunner } from './projection-runner.js';
import { CheckpointMovedError, type ProjectionChange, type ProjectionStore } from './projection-store.js';

export type Counted = { readonly streamId: string; readonly count: number; readonly types: readonly string[] };

/** Counts the events of each stream, and all of them under the key 'all'. */
export const counter = (version = 1, filter: EventFilter = {}): Projection<Counted, string> => ({
  name: 'counter',
  version,
  filter,
  parse: (recorded) => recorded.type,
  keys: (type, recorded) => (type === 'Ignored' ? [] : [recorded.streamId, 'all']),
  apply: (row, type, { key }) => {
    if (type === 'Forgotten' && key !== 'all') return null;
    if (type === 'Fails') throw new Error('cannot take this');
    return { streamId: key, count: (row?.count ?? 0) + 1, types: [...(row?.types ?? []), type] };
  },
});

/** What every store of projections must do; it must know a projection named 'counter' in the given version. */
export function projectionStoreConformance(store: string, open: (version: number) => Promise<ProjectionStore & AsyncDisposable>): void {
  const projection = counter();
  const change = (rows: Record<string, number>, from: number, checkpoint: number, deletes: string[] = []): ProjectionChange => {
    const puts = new Map(Object.entries(rows).map(([key, count]) => [key, { streamId: key, count, types: [] }]));
    return { projection, slot: 'live', puts, deletes, from, checkpoint };
  };

  describe(`${store} keeps projections`, () => {
    it('starts empty, at position 0', async () => {
      await using opened = await open(1);
      expect(await opened.checkpoint(projection, 'live')).toBe(0);
      expect(await opened.rows(projection, 'live', ['a'])).toEqual(new Map());
    });

    it('writes rows, deletes rows and moves the checkpoint together', async () => {
      await using opened = await open(1);
      await opened.commit([change({ a: 1, b: 2 }, 0, 5)]);
      await opened.commit([change({ a: 3, c: 4 }, 5, 9, ['b'])]);
      expect(await opened.checkpoint(projection, 'live')).toBe(9);
      const rows = await opened.rows(projection, 'live', ['a', 'b', 'c', 'd']);
      expect([...rows].map(([key, row]) => [key, (row as Counted).count]).sort()).toEqual([['a', 3], ['c', 4]]);
    });

    it('refuses a change computed from another checkpoint, and then writes nothing of it', async () => {
      await using opened = await open(1);
      await opened.commit([change({ a: 1 }, 0, 5)]);
      await expect(opened.commit([change({ b: 1 }, 5, 6), change({ c: 1 }, 5, 7)])).rejects.toThrow(CheckpointMovedError);
      expect(await opened.checkpoint(projection, 'live')).toBe(5);
      expect(await opened.rows(projection, 'live', ['b', 'c'])).toEqual(new Map());
    });

    it('reads many rows at once', async () => {
      await using opened = await open(1);
      const rows = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`key-${index}`, index]));
      await opened.commit([change(rows, 0, 1)]);
      expect((await opened.rows(projection, 'live', Object.keys(rows))).size).toBe(2_000);
    });

    it('keeps the copy beside apart until it takes the place of the live one', async () => {
      await using opened = await open(1);
      await opened.commit([change({ old: 1 }, 0, 5)]);
      await opened.commit([{ ...change({ new: 1 }, 0, 7), slot: 'beside' }]);
      expect((await opened.rows(projection, 'live', ['old', 'new'])).has('old')).toBe(true);
      await opened.switchOver(projection);
      expect([...(await opened.rows(projection, 'live', ['old', 'new'])).keys()]).toEqual(['new']);
      expect(await opened.checkpoint(projection, 'live')).toBe(7);
      expect(await opened.checkpoint(projection, 'beside')).toBe(0);
    });

    it('digests equal rows equally, whatever their order and history, and different rows differently', async () => {
      await using opened = await open(1);
      await opened.commit([change({ ö: 1, z: 2, '🐢': 3 }, 0, 5)]);
      const first = await opened.digest(projection, 'live');
      await opened.commit([{ ...change({ '🐢': 9, z: 2 }, 0, 4), slot: 'beside' }, change({ z: 3 }, 5, 6)]);
      await opened.commit([{ ...change({ '🐢': 3, ö: 1 }, 4, 5), slot: 'beside' }]);
      expect(await opened.digest(projection, 'beside')).toEqual(first);
      expect(first).toMatchObject({ checkpoint: 5, rows: 3 });
      expect((await opened.digest(projection, 'live')).hash).not.toBe(first.hash);
    });

    it('is filled by the runner, row and checkpoint together', async () => {
      await using opened = await open(1);
      await using log = openMemoryEventLog();
      await log.append('a-1', newEvents(3), 'none');
      await using runner = startProjectionRunner({ log, store: opened, projections: [counter()] });
      const { appended } = (await log.append('a-2', newEvents(2), 'none')) as { appended: { position: number } };
      expect(await runner.waitFor(appended.position, 60_000)).toBe(true);
      const rows = await opened.rows(projection, 'live', ['a-1', 'a-2', 'all']);
      expect([...rows.values()].map((row) => (row as Counted).count).sort()).toEqual([2, 3, 5]);
      expect(await opened.checkpoint(projection, 'live')).toBe(5);
    });
  });
}
