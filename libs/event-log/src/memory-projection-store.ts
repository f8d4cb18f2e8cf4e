import type { AnyProjection, Projection } from './projection.js';
import { CheckpointMovedError, type ProjectionChange, type ProjectionDigest, type ProjectionSlot, type ProjectionStore } from './projection-store.js';
import { byKeyBytes, digestRows } from './row-digest.js';

export interface MemoryProjectionStore extends ProjectionStore {
  /** The live rows by key, as they are at the time of the call. */
  all<Row, Event>(projection: Projection<Row, Event>): ReadonlyMap<string, Row>;
}

/** For tests, for projections that live in memory only, and for building one anew to compare it. */
export function openMemoryProjectionStore(): MemoryProjectionStore {
  const copies = new Map<string, Copy>();
  const copyOf = ({ name, version }: Pick<AnyProjection, 'name' | 'version'>, slot: ProjectionSlot): Copy => {
    const id = `${name} ${version} ${slot}`;
    const copy = copies.get(id) ?? { checkpoint: 0, rows: new Map<string, string>() };
    copies.set(id, copy);
    return copy;
  };
  return {
    checkpoint: async (projection, slot) => copyOf(projection, slot).checkpoint,
    rows: async (projection, slot, keys) => rowsOf(copyOf(projection, slot), keys),
    commit: async (changes) => commit(changes, ({ projection, slot }) => copyOf(projection, slot)),
    clear: async (projection, slot) => {
      Object.assign(copyOf(projection, slot), { checkpoint: 0, rows: new Map() });
    },
    switchOver: async (projection, reach) => {
      const reached = await reach?.(copyOf(projection, 'live').checkpoint);
      const { checkpoint } = copyOf(projection, 'beside');
      if (reached !== undefined && reached !== checkpoint) throw new CheckpointMovedError(projection, reached, checkpoint);
      Object.assign(copyOf(projection, 'live'), copyOf(projection, 'beside'));
      Object.assign(copyOf(projection, 'beside'), { checkpoint: 0, rows: new Map() });
    },
    discardOtherVersions: async ({ name, version }) => {
      for (const id of copies.keys()) if (id.startsWith(`${name} `) && !id.startsWith(`${name} ${version} `)) copies.delete(id);
      return true;
    },
    digest: async (projection, slot) => digest(copyOf(projection, slot)),
    all: <Row, Event>(projection: Projection<Row, Event>) =>
      rowsOf(copyOf(projection, 'live'), [...copyOf(projection, 'live').rows.keys()]) as ReadonlyMap<string, Row>,
  };
}

/** Rows as text: what was read cannot be changed in place, and only what JSON can hold comes back. */
type Copy = { checkpoint: number; rows: Map<string, string> };

function rowsOf(copy: Copy, keys: readonly string[]): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const key of keys) {
    const row = copy.rows.get(key);
    if (row !== undefined) found.set(key, JSON.parse(row));
  }
  return found;
}

function commit(changes: readonly ProjectionChange[], copyOf: (change: { projection: AnyProjection; slot: ProjectionSlot }) => Copy): void {
  const reached = new Map<Copy, number>();
  for (const change of changes) {
    const copy = copyOf(change);
    const actual = reached.get(copy) ?? copy.checkpoint;
    if (actual !== change.from) throw new CheckpointMovedError(change.projection, change.from, actual);
    reached.set(copy, change.checkpoint);
  }
  for (const change of changes) {
    const copy = copyOf(change);
    for (const [key, row] of change.puts) copy.rows.set(key, JSON.stringify(row));
    for (const key of change.deletes) copy.rows.delete(key);
    copy.checkpoint = change.checkpoint;
  }
}

function digest(copy: Copy): ProjectionDigest {
  const rows = [...rowsOf(copy, [...copy.rows.keys()])].sort(byKeyBytes);
  return { checkpoint: copy.checkpoint, ...digestRows(rows) };
}
