import type { Snapshot, Snapshots } from './snapshots.js';

/** Snapshots that live as long as the process. */
export function openMemorySnapshots(): Snapshots {
  const kept = new Map<string, string>();
  return {
    async load(streamId, version) {
      const text = kept.get(`${version}\n${streamId}`);
      return text === undefined ? null : (JSON.parse(text) as Snapshot);
    },
    async save(snapshot) {
      kept.set(`${snapshot.version}\n${snapshot.streamId}`, JSON.stringify(snapshot));
    },
    [Symbol.asyncDispose]: async () => kept.clear(),
  };
}
