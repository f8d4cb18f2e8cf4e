import type { Snapshot, Snapshots } from './snapshots.js';

/** What every place for snapshots must do. */
export function snapshotsConformance(place: string, open: () => Promise<Snapshots>): void {
  const snapshot: Snapshot = { streamId: 'a-1', version: '1', revision: 999, eventId: 'id', state: { sum: 1, list: ['ü', null] } };

  describe(`${place} keeps snapshots`, () => {
    it('gives back what was saved, by stream and version', async () => {
      await using snapshots = await open();
      await snapshots.save(snapshot);
      expect(await snapshots.load('a-1', '1')).toEqual(snapshot);
      expect(await snapshots.load('a-1', '2')).toBeNull();
      expect(await snapshots.load('a-2', '1')).toBeNull();
    });

    it('keeps the one saved last, and versions apart', async () => {
      await using snapshots = await open();
      const newer = { ...snapshot, revision: 1_999, state: 2 };
      for (const one of [snapshot, { ...snapshot, version: '2' }, newer]) await snapshots.save(one);
      expect(await snapshots.load('a-1', '1')).toEqual(newer);
      expect(await snapshots.load('a-1', '2')).toEqual({ ...snapshot, version: '2' });
    });
  });
}
