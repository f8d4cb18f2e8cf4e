import type { TrafficReport } from '@slipway/domain';
import type { ReplicaTally } from './live-replicas.js';

/** What a proxy tells the control plane of itself. */
export type ProxyReport = {
  readonly proxyId: string;
  /** Grows by one with each report of this proxy: an older report that arrives late is to be dropped. */
  readonly generation: number;
  /**
   * The log position of the routing table in use. Acknowledged: from here on no request is given to a replica by an
   * older table, and those that were are in `inFlightByReplica`.
   */
  readonly position: number;
  /** Requests now with each replica that is in the table, or has left it and still has some. */
  readonly inFlightByReplica: Readonly<Record<string, number>>;
  /** What ended since the last heartbeat, by replica; null between heartbeats. */
  readonly tallies: readonly Readonly<ReplicaTally>[] | null;
};

/** Takes reports. Must not throw, nor wait: the proxy goes on whether anybody listens or not. */
export type ProxyReporter = {
  report(report: ProxyReport): void;
  /** What was counted; told again in full by a later one, so losing some loses nothing. */
  traffic?(report: TrafficReport): void;
  /** It has nothing running any more and sends no further report. */
  left?(proxyId: string): void;
};

export const SILENT_REPORTER: ProxyReporter = { report: () => undefined };

export type ReportSource = {
  readonly proxyId: string;
  position(): number;
  inFlightByReplica(): Readonly<Record<string, number>>;
  takeTallies(): readonly ReplicaTally[];
};

/** Reports at a steady beat, and at once (once per turn of the event loop) when something has changed. */
export class ReportLoop {
  #generation = 0;
  #beat: NodeJS.Timeout | null = null;
  #soon: NodeJS.Immediate | null = null;

  constructor(
    private readonly source: ReportSource,
    private readonly reporter: ProxyReporter,
    private readonly intervalMs: number,
  ) {}

  start(): void {
    this.#beat = setInterval(() => this.#report(this.source.takeTallies()), this.intervalMs);
    this.#beat.unref();
  }

  /** The table has moved on, or a replica that left it has no more requests. */
  changed(): void {
    this.#soon ??= setImmediate(() => {
      this.#soon = null;
      this.#report(null);
    });
  }

  /** Says all there is left to say, and goodbye. */
  stop(): void {
    if (this.#beat !== null) clearInterval(this.#beat);
    if (this.#soon !== null) clearImmediate(this.#soon);
    this.#beat = null;
    this.#soon = null;
    this.#report(this.source.takeTallies());
    this.reporter.left?.(this.source.proxyId);
  }

  #report(tallies: readonly ReplicaTally[] | null): void {
    const { proxyId } = this.source;
    this.#generation += 1;
    const position = this.source.position();
    this.reporter.report({ proxyId, generation: this.#generation, position, inFlightByReplica: this.source.inFlightByReplica(), tallies });
  }
}
