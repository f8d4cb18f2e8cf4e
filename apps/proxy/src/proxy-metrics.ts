import type { Route } from '@slipway/domain';
import { LatencyHistogram } from './latency-histogram.js';
import type { InferenceName } from './openai-routes.js';

/** Status classes 1xx … 5xx by their first digit; 0 counts requests whose client left before a status was sent. */
export const STATUS_CLASSES = ['gone', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** One object for each, so that looking a histogram up allocates nothing. */
export type InferenceOutcome = { readonly operation: InferenceName; readonly isError: boolean };

const outcomesOf = (operation: InferenceName) => ({ answered: { operation, isError: false }, failed: { operation, isError: true } });
const OUTCOMES: Readonly<Record<InferenceName, { readonly answered: InferenceOutcome; readonly failed: InferenceOutcome }>> = {
  chat: outcomesOf('chat'),
  text_completion: outcomesOf('text_completion'),
  embeddings: outcomesOf('embeddings'),
  _OTHER: outcomesOf('_OTHER'),
};
const ERROR_STATUS = 400;

/** The counters of one revision of one deployment, or of requests that met none (both labels empty). */
export class RevisionMetrics {
  readonly requestsByStatusClass = new Float64Array(STATUS_CLASSES.length);
  readonly latency = new LatencyHistogram();
  readonly timeToFirstByte = new LatencyHistogram();
  /** Whole requests, and the first bytes of streamed answers; made when first needed. */
  readonly inferences = new Map<InferenceOutcome, LatencyHistogram>();
  readonly streams = new Map<InferenceOutcome, LatencyHistogram>();
  /** What clients call it. */
  readonly model: string;
  inFlight = 0;
  retries = 0;
  cuts = 0;
  /** Served by this revision because the client chose it. */
  pinned = 0;
  /** Copies sent to it. */
  mirrored = 0;

  constructor(
    readonly deployment: string,
    readonly revisionId: string,
  ) {
    this.model = deployment.slice(deployment.indexOf('/') + 1);
  }

  /** Status 0: the client left. */
  countRequest(status: number, latencyMs: number, operation: InferenceName): void {
    const statusClass = Math.floor(status / 100);
    this.requestsByStatusClass[statusClass] = (this.requestsByStatusClass[statusClass] ?? 0) + 1;
    this.latency.observeMs(latencyMs);
    const { answered, failed } = OUTCOMES[operation];
    histogramOf(this.inferences, status >= ERROR_STATUS || status === 0 ? failed : answered).observeMs(latencyMs);
  }

  countStream(timeToFirstByteMs: number, operation: InferenceName): void {
    histogramOf(this.streams, OUTCOMES[operation].answered).observeMs(timeToFirstByteMs);
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

function histogramOf(histograms: Map<InferenceOutcome, LatencyHistogram>, outcome: InferenceOutcome): LatencyHistogram {
  const known = histograms.get(outcome);
  if (known !== undefined) return known;
  const made = new LatencyHistogram();
  histograms.set(outcome, made);
  return made;
}
