import { TRAFFIC_ROWS_PER_REPORT_MAX } from '@slipway/contracts';
import { BEATS_PER_FULL_REPORT, type TrafficReport } from '@slipway/domain';
import { randomUUID } from 'node:crypto';
import type { ProxyReporter } from './proxy-reporter.js';
import type { TrafficLedger } from './traffic-ledger.js';

/** Tells at a steady beat what was counted. A beat without changes is told as well: no traffic is not the same as no proxy. */
export class TrafficReports {
  readonly #instanceId = randomUUID();
  #beats = 0;
  #sequence = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly proxyId: string,
    private readonly ledger: TrafficLedger,
    private readonly reporter: ProxyReporter,
    private readonly intervalMs: number,
  ) {}

  start(): void {
    this.#timer = setInterval(() => this.#beat(), this.intervalMs);
    this.#timer.unref();
  }

  /** Says what is left to say. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#tell(true);
  }

  #beat(): void {
    this.#beats += 1;
    this.#tell(this.#beats % BEATS_PER_FULL_REPORT === 0);
  }

  #tell(all: boolean): void {
    if (this.reporter.traffic === undefined) return;
    const rows = this.ledger.take(all);
    const sentAtMs = Date.now(); // one for all parts of a beat
    for (let from = 0; from === 0 || from < rows.length; from += TRAFFIC_ROWS_PER_REPORT_MAX) {
      this.#sequence += 1;
      const part = rows.slice(from, from + TRAFFIC_ROWS_PER_REPORT_MAX).map((row) => row.told());
      const report: TrafficReport = { proxyId: this.proxyId, instanceId: this.#instanceId, sequence: this.#sequence, sentAtMs, rows: part };
      this.reporter.traffic(report);
    }
  }
}
