import type { RoutingTable } from '@slipway/domain';
import { setTimeout as wait } from 'node:timers/promises';
import type { FactSource, PassedPosition, SourcedFact } from './fact-source.js';
import type { ProxyLog } from './proxy-log.js';
import { RoutingTableProjection } from './routing-table.projection.js';

/** Pause before a source that failed is followed again: doubled from failure to failure, up to the maximum. */
const RESUME_DELAY_MIN_MS = 50;
const RESUME_DELAY_MAX_MS = 2_000;

export type TableFollowerOptions = {
  readonly source: FactSource;
  /** Takes a new table; called once per turn of the event loop at most, and not before the source has caught up. */
  readonly swap: (table: RoutingTable) => void;
  readonly log: ProxyLog;
};

/** Keeps the routing table at the head of the log. When the source fails the last table stays in use. */
export class TableFollower {
  readonly #projection = new RoutingTableProjection();
  readonly #stop = new AbortController();
  #hasCaughtUp = false;
  #swapSoon: NodeJS.Immediate | null = null;
  #running: Promise<void> = Promise.resolve();
  #resolveCaughtUp: () => void = () => undefined;
  readonly #caughtUp = new Promise<void>((resolve) => {
    this.#resolveCaughtUp = resolve;
  });

  constructor(private readonly options: TableFollowerOptions) {}

  /** The first table is in use. */
  get hasCaughtUp(): boolean {
    return this.#hasCaughtUp;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Resolves when the first table is in use. */
  caughtUp(): Promise<void> {
    return this.#caughtUp;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    if (this.#swapSoon !== null) clearImmediate(this.#swapSoon);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let delayMs = RESUME_DELAY_MIN_MS;
    while (!signal.aborted) {
      try {
        for await (const item of this.options.source.follow(this.#projection.position, signal)) {
          if (signal.aborted) return;
          delayMs = RESUME_DELAY_MIN_MS;
          if (item === 'caughtUp') this.#onCaughtUp();
          else this.#onFact(item);
        }
      } catch (error) {
        if (signal.aborted) return;
        this.options.log('routing-source-failed', { message: String(error), position: this.#projection.position, resumeInMs: delayMs });
      }
      if (!signal.aborted) await wait(delayMs, undefined, { signal }).catch(() => undefined);
      delayMs = Math.min(RESUME_DELAY_MAX_MS, delayMs * 2);
    }
  }

  #onCaughtUp(): void {
    if (this.#hasCaughtUp) return;
    this.#hasCaughtUp = true;
    this.options.swap(this.#projection.snapshot());
    this.#resolveCaughtUp();
  }

  #onFact(fact: SourcedFact | PassedPosition): void {
    if ('passed' in fact) this.#projection.pass(fact);
    else this.#projection.apply(fact);
    if (!this.#hasCaughtUp) return;
    this.#swapSoon ??= setImmediate(() => {
      this.#swapSoon = null;
      this.options.swap(this.#projection.snapshot());
    });
  }
}
