import type { AnyProjection } from './projection.js';

/** A projection is served from its live copy; another may be built beside it and take its place. */
export type ProjectionSlot = 'live' | 'beside';

export type ProjectionChange = {
  readonly projection: AnyProjection;
  readonly slot: ProjectionSlot;
  readonly puts: ReadonlyMap<string, unknown>;
  readonly deletes: readonly string[];
  /** The checkpoint the change was computed from: if the store has another by now, the change is refused. */
  readonly from: number;
  readonly checkpoint: number;
};

/** `hash` covers every key and row, in canonical form: equal rows give equal hashes, whichever store holds them. */
export type ProjectionDigest = { readonly checkpoint: number; readonly rows: number; readonly hash: string };

/** Where the rows of a service's projections live. A version of a projection never sees the rows of another version. */
export interface ProjectionStore {
  /** How far the copy has come; 0 when nothing was applied yet. */
  checkpoint(projection: AnyProjection, slot: ProjectionSlot): Promise<number>;
  /** The rows there are among the given keys. */
  rows(projection: AnyProjection, slot: ProjectionSlot, keys: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  /** All rows and all checkpoints in one transaction, which no reader sees half of. Throws CheckpointMovedError. */
  commit(changes: readonly ProjectionChange[]): Promise<void>;
  clear(projection: AnyProjection, slot: ProjectionSlot): Promise<void>;
  /**
   * The copy built beside becomes the live one, checkpoint included, in one transaction. `reach` is asked before, with
   * where the live copy stands, while nobody can move that on; it brings the copy beside at least as far and answers how
   * far. Throws CheckpointMovedError when the copy beside stands elsewhere after all, because somebody else builds it.
   */
  switchOver(projection: AnyProjection, reach?: (livePosition: number) => Promise<number>): Promise<void>;
  /** Drops what other versions of this projection left behind. False: some process still serves one; ask again later. */
  discardOtherVersions(projection: AnyProjection): Promise<boolean>;
  /** Of one consistent state of the copy. */
  digest(projection: AnyProjection, slot: ProjectionSlot): Promise<ProjectionDigest>;
  /** True: other processes write the same rows. Absent: this process alone. */
  readonly isShared?: boolean;
  /** Does the work while nobody else, in any process, does such work for this projection. Absent: nobody else can. */
  exclusively?(projection: AnyProjection, work: () => Promise<void>, signal: AbortSignal): Promise<void>;
}

/** Somebody else moved this projection on: read the checkpoint again and go on from there. */
export class CheckpointMovedError extends Error {
  override readonly name = 'CheckpointMovedError';
  readonly code = 'CHECKPOINT_MOVED';
  constructor(projection: AnyProjection, expected: number, actual: number) {
    super(`projection ${projection.name} is at position ${actual}, not ${expected}`);
  }
}
