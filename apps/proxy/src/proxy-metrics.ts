import type { Route } from '@slipway/domain';
import { LatencyHistogram } from './latency-histogram.js';

/** Status classes 1xx … 5xx by their first digit; 0 counts requests whose client left before a status was sent. */
export const STATUS_CLASSES = ['gone', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** The counters of one revision of one deployment, or of requests that met none (both labels empty). */
export class RevisionMetrics {
  readonly requestsByStatusClass = new Float64Array(STATUS_CLASSES.length);
  readonly latency = new LatencyHistogram();
  readonly timeToFirstByte = new LatencyHistogram();
  inFlight = 0;
  retries = 0;
  cuts = 0;

  constructor(
    readonly deployment: string,
    readonly revisionId: string,
  ) {}

  countRequest(status: number, latencyMs: number): void {
    const statusClass = Math.floor(status / 100);
    this.requestsByStatusClass[statusClass] = (this.requestsByStatusClass[statusClass] ?? 0) + 1;
    this.latency.observeMs(latencyMs);
  }
}

/** All counters of a proxy. Series are made when a table brings a revision, so that a request only looks its own up. */
export class ProxyMetrics {
  readonly unrouted = new RevisionMetrics('', '');
  refusedHeads = 0;
  readonly #byRevision = new Map<string, RevisionMetrics>();

  constructor(private readonly seriesMax: number) {}

  of(revisionId: string): RevisionMetrics {
    return this.#byRevision.get(revisionId) ?? this.unrouted;
  }

  adopt(routes: Iterable<Route>): void {
    for (const route of routes) {
      for (const { revisionId } of route.revisions) {
        if (this.#byRevision.has(revisionId)) continue;
        this.#makeRoom();
        this.#byRevision.set(revisionId, new RevisionMetrics(`${route.domain}/${route.name}`, revisionId));
      }
    }
  }

  *all(): Iterable<RevisionMetrics> {
    yield this.unrouted;
    yield* this.#byRevision.values();
  }

  /** The oldest series without running requests goes first. */
  #makeRoom(): void {
    if (this.#byRevision.size < this.seriesMax) return;
    for (const [revisionId, metrics] of this.#byRevision) {
      if (metrics.inFlight > 0) continue;
      this.#byRevision.delete(revisionId);
      return;
    }
  }
}
