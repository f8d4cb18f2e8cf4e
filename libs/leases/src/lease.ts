/** The right to act alone under a name, for as long as it is held. */
export type Lease = {
  /** From 1; higher than that of every earlier holder of the name, so that what an earlier one left can be told apart. */
  readonly epoch: number;
  /** Aborted as soon as the lease is lost, cannot be renewed in time, or was released. */
  readonly signal: AbortSignal;
  /** Asks the clock, so it is right even in the first instruction after the process was stopped for a while. */
  readonly held: boolean;
  /** To be called when nothing acts under it any more: others may win it from then on. Never rejects. */
  release(): Promise<void>;
};

export type HoldOptions = {
  /** Ends the competition; a lease that was won stays. */
  readonly signal: AbortSignal;
  /** Told of the first of several failures in a row, in competing and in renewing; all are tried again. */
  readonly onError?: ((error: unknown) => void) | undefined;
};

/**
 * Names of which each has at most one holder at a time. A lease keeps two from doing the same work; it does not replace
 * optimistic concurrency, since what was sent before it was lost may arrive after.
 */
export interface Leases extends AsyncDisposable {
  /** Competes until the lease is won, which then renews itself until it is lost or released. Null: the signal came first. */
  hold(name: string, options: HoldOptions): Promise<Lease | null>;
}

/** Why the signal of a lease aborted. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
  readonly code = 'LEASE_LOST';
  constructor(lease: string, reason: string) {
    super(`the lease ${lease} is not held any more: ${reason}`);
  }
}
