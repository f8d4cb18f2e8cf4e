/** A snapshot spares the reading of so many events; losing all of them costs only time. */
export const SNAPSHOT_EVERY_EVENTS = 1_000;

export type Snapshot = {
  readonly streamId: string;
  /** Version of the fold that made the state. */
  readonly version: string;
  /** The last event folded in, and its id, by which a snapshot from another history is recognised. */
  readonly revision: number;
  readonly eventId: string;
  /** A JSON value. */
  readonly state: unknown;
};

/** Folded states, kept to save time. Always rebuildable from the log, so never trusted: a doubtful one is null. */
export interface Snapshots extends AsyncDisposable {
  /** The newest whole snapshot of that stream by that version of the fold. */
  load(streamId: string, version: string): Promise<Snapshot | null>;
  /** Replaces an older one. An error here is reported by the caller's own means and must not fail the command. */
  save(snapshot: Snapshot): Promise<void>;
}
