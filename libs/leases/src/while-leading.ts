import type { Lease, Leases } from './lease.js';

/** After the work could not be started, the lease is given up and competed for again after this, doubled up to the maximum. */
export const START_RETRY_MS = 500;
export const START_RETRY_MS_MAX = 10_000;

/** What the work knows of its lease. */
export type LeaseInHand = Pick<Lease, 'epoch' | 'signal' | 'held'>;

export type LeadershipOptions = {
  /** True once the work runs, false as soon as it is about to be stopped. */
  readonly onChange?: ((leading: boolean) => void) | undefined;
  /** Told when the work cannot be started or stopped, and when the lease cannot be reached; all is tried again. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /**
   * Fault injection only: does the work at once and for ever, whoever holds the lease, with epoch 0. Shows that nothing
   * is lost or doubled when two believe they lead.
   */
  readonly force?: boolean | undefined;
};

export interface Leadership extends AsyncDisposable {
  readonly leading: boolean;
  /** Of the lease under which the work runs; null while it does not. */
  readonly epoch: number | null;
  /** Settles when the work runs here for the first time, or when this is closed. */
  readonly started: Promise<void>;
}

/**
 * Competes for the lease for ever, does the work while it is held, and stops the work when it is lost. Closing stops the
 * work first and then gives the lease up, so that a planned stop hands over at once and never leaves two at work.
 */
export function whileLeading(
  leases: Leases,
  name: string,
  start: (lease: LeaseInHand) => Promise<AsyncDisposable>,
  options: LeadershipOptions = {},
): Leadership {
  return new Competitor(leases, name, start, options);
}

class Competitor implements Leadership {
  readonly started: Promise<void>;
  readonly #leases: Leases;
  readonly #name: string;
  readonly #start: (lease: LeaseInHand) => Promise<AsyncDisposable>;
  readonly #options: LeadershipOptions;
  readonly #closing = new AbortController();
  readonly #finished: Promise<void>;
  #haveStarted: () => void = () => undefined;
  #epoch: number | null = null;

  constructor(leases: Leases, name: string, start: (lease: LeaseInHand) => Promise<AsyncDisposable>, options: LeadershipOptions) {
    this.#leases = leases;
    this.#name = name;
    this.#start = start;
    this.#options = options;
    this.started = new Promise((resolve) => (this.#haveStarted = resolve));
    this.#finished = this.#compete();
  }

  get leading(): boolean {
    return this.#epoch !== null;
  }

  get epoch(): number | null {
    return this.#epoch;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#finished;
  }

  async #compete(): Promise<void> {
    let delayMs = START_RETRY_MS;
    while (!this.#closing.signal.aborted) {
      const lease = await this.#win();
      if (lease === null) continue;
      const hasWorked = await this.#workUnder(lease);
      await lease.release();
      if (hasWorked) {
        delayMs = START_RETRY_MS;
        continue;
      }
      await pause(delayMs, this.#closing.signal);
      delayMs = Math.min(delayMs * 2, START_RETRY_MS_MAX);
    }
    this.#haveStarted();
  }

  async #win(): Promise<Lease | null> {
    const { signal } = this.#closing;
    if (this.#options.force === true) return { epoch: 0, signal: new AbortController().signal, held: true, release: async () => undefined };
    try {
      const lease = await this.#leases.hold(this.#name, { signal, onError: this.#options.onError });
      if (lease !== null) return lease;
    } catch (error) {
      this.#options.onError?.(error);
    }
    await pause(START_RETRY_MS, signal); // the leases are closed, or broken
    return null;
  }

  /** False when the work could not be started. */
  async #workUnder(lease: Lease): Promise<boolean> {
    let work: AsyncDisposable;
    try {
      work = await this.#start(lease);
    } catch (error) {
      if (!lease.signal.aborted) this.#options.onError?.(error);
      return lease.signal.aborted;
    }
    const over = [lease.signal, this.#closing.signal];
    if (!over.some(({ aborted }) => aborted)) {
      this.#epoch = lease.epoch;
      this.#options.onChange?.(true);
      this.#haveStarted();
      await firstAborted(over);
      this.#epoch = null;
      this.#options.onChange?.(false);
    }
    try {
      await work[Symbol.asyncDispose]();
    } catch (error) {
      this.#options.onError?.(error);
    }
    return true;
  }
}

function firstAborted(signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    };
    for (const signal of signals) signal.addEventListener('abort', done, { once: true });
    if (signals.some(({ aborted }) => aborted)) done();
  });
}

/** Waits, at most until the signal aborts. */
function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
