import { LeaseLostError, type Lease } from './lease.js';
import type { LeaseTable } from './lease-table.js';

export type LeaseTiming = {
  /** How long the database keeps it for a holder that is not heard of. */
  readonly ttlMs: number;
  readonly renewEveryMs: number;
  /** So long before the database would give it to another, the holder itself believes it lost. */
  readonly marginMs: number;
};

/** A renewal that failed is tried again after this. */
export const RENEW_RETRY_MS = 200;

/**
 * A lease that renews itself. How long it is good for is counted by this process's monotonic clock from before the
 * question was sent, so it always ends here before it ends in the database, however long the answer took.
 */
export class HeldLease implements Lease {
  readonly epoch: number;
  readonly #table: LeaseTable;
  readonly #name: string;
  readonly #holder: string;
  readonly #timing: LeaseTiming;
  readonly #onError: (error: unknown) => void;
  readonly #over = new AbortController();
  #goodUntilMs = 0;
  #deadline: NodeJS.Timeout | undefined;
  #next: NodeJS.Timeout | undefined;
  #isFailing = false;

  constructor(
    table: LeaseTable,
    place: { readonly name: string; readonly holder: string; readonly epoch: number; readonly askedAtMs: number },
    timing: LeaseTiming,
    onError: (error: unknown) => void,
  ) {
    this.#table = table;
    this.#name = place.name;
    this.#holder = place.holder;
    this.epoch = place.epoch;
    this.#timing = timing;
    this.#onError = onError;
    this.#goodFrom(place.askedAtMs);
    this.#renewIn(timing.renewEveryMs);
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get held(): boolean {
    if (!this.#over.signal.aborted && performance.now() >= this.#goodUntilMs) this.#end('it could not be renewed in time');
    return !this.#over.signal.aborted;
  }

  async release(): Promise<void> {
    this.#end('it was released');
    // Unheard, it expires by itself.
    await this.#table.release(this.#name, this.#holder, this.epoch).catch(() => undefined);
  }

  #goodFrom(askedAtMs: number): void {
    this.#goodUntilMs = askedAtMs + this.#timing.ttlMs - this.#timing.marginMs;
    clearTimeout(this.#deadline);
    if (this.held) this.#deadline = setTimeout(() => this.held, Math.ceil(this.#goodUntilMs - performance.now()));
  }

  #renewIn(delayMs: number): void {
    if (!this.#over.signal.aborted) this.#next = setTimeout(() => void this.#renew(), delayMs);
  }

  async #renew(): Promise<void> {
    if (!this.held) return; // the process was stopped meanwhile
    const askedAtMs = performance.now();
    try {
      const isOurs = await this.#table.renew(this.#name, this.#holder, this.epoch, this.#timing.ttlMs);
      if (!isOurs) return this.#end('it expired, or another holds it');
      if (!this.held) return; // the answer came too late to rely on
      this.#isFailing = false;
      this.#goodFrom(askedAtMs);
      this.#renewIn(this.#timing.renewEveryMs);
    } catch (error) {
      if (!this.#isFailing && !this.#over.signal.aborted) this.#onError(error);
      this.#isFailing = true;
      this.#renewIn(RENEW_RETRY_MS);
    }
  }

  #end(reason: string): void {
    clearTimeout(this.#deadline);
    clearTimeout(this.#next);
    if (!this.#over.signal.aborted) this.#over.abort(new LeaseLostError(this.#name, reason));
  }
}
