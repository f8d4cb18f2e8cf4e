import { LATENCY_BOUNDS_MS, NO_LATENCIES, type LatencyCounts } from './latency-counts.js';
import { sumKnown, sumLatencies } from './traffic-point.js';

/** What one engine told of itself in a span of time. Null: it did not tell. */
export type EnginePoint = {
  /** Between which readings the counts below lie: they are what came in so many milliseconds. 0: gauges alone are known. */
  readonly coveredMs: number;
  readonly promptTokens: number | null;
  readonly generationTokens: number | null;
  readonly prefixQueries: number | null;
  readonly prefixHits: number | null;
  readonly successes: number | null;
  readonly failures: number | null;
  readonly latency: LatencyCounts;
  readonly timeToFirstToken: LatencyCounts;
  readonly timePerOutputToken: LatencyCounts;
  readonly gauges: EngineGauges;
};

/** At the end of the span. Shares are 0 to 1. */
export type EngineGauges = {
  readonly requestsRunning: number | null;
  readonly requestsWaiting: number | null;
  readonly kvCacheUsage: number | null;
  /** Of engines that tell their share of hits and not their counts. */
  readonly prefixCacheHitRate: number | null;
  /** Tokens a second, of engines that tell a rate and not a count. */
  readonly generationTokensPerSecond: number | null;
  readonly cpuUtilization: number | null;
  readonly memoryUsedBytes: number | null;
  readonly gpuUtilization: number | null;
  readonly gpuMemoryUsedBytes: number | null;
};

export const NO_GAUGES: EngineGauges = {
  requestsRunning: null,
  requestsWaiting: null,
  kvCacheUsage: null,
  prefixCacheHitRate: null,
  generationTokensPerSecond: null,
  cpuUtilization: null,
  memoryUsedBytes: null,
  gpuUtilization: null,
  gpuMemoryUsedBytes: null,
};

export const NO_ENGINE: EnginePoint = {
  coveredMs: 0,
  promptTokens: null,
  generationTokens: null,
  prefixQueries: null,
  prefixHits: null,
  successes: null,
  failures: null,
  latency: NO_LATENCIES,
  timeToFirstToken: NO_LATENCIES,
  timePerOutputToken: NO_LATENCIES,
  gauges: NO_GAUGES,
};

/** One engine over time. */
export const laterEngine = (earlier: EnginePoint, later: EnginePoint): EnginePoint => ({
  coveredMs: earlier.coveredMs + later.coveredMs,
  promptTokens: sumKnown(earlier.promptTokens, later.promptTokens),
  generationTokens: sumKnown(earlier.generationTokens, later.generationTokens),
  prefixQueries: sumKnown(earlier.prefixQueries, later.prefixQueries),
  prefixHits: sumKnown(earlier.prefixHits, later.prefixHits),
  successes: sumKnown(earlier.successes, later.successes),
  failures: sumKnown(earlier.failures, later.failures),
  latency: sumLatencies(earlier.latency, later.latency),
  timeToFirstToken: sumLatencies(earlier.timeToFirstToken, later.timeToFirstToken),
  timePerOutputToken: sumLatencies(earlier.timePerOutputToken, later.timePerOutputToken),
  gauges: latestGauges(earlier.gauges, later.gauges),
});

const latestGauges = (earlier: EngineGauges, later: EngineGauges): EngineGauges => ({
  requestsRunning: later.requestsRunning ?? earlier.requestsRunning,
  requestsWaiting: later.requestsWaiting ?? earlier.requestsWaiting,
  kvCacheUsage: later.kvCacheUsage ?? earlier.kvCacheUsage,
  prefixCacheHitRate: later.prefixCacheHitRate ?? earlier.prefixCacheHitRate,
  generationTokensPerSecond: later.generationTokensPerSecond ?? earlier.generationTokensPerSecond,
  cpuUtilization: later.cpuUtilization ?? earlier.cpuUtilization,
  memoryUsedBytes: later.memoryUsedBytes ?? earlier.memoryUsedBytes,
  gpuUtilization: later.gpuUtilization ?? earlier.gpuUtilization,
  gpuMemoryUsedBytes: later.gpuMemoryUsedBytes ?? earlier.gpuMemoryUsedBytes,
});

/** What an engine counted between two bounds of its own, in milliseconds; `toMs` Infinity: its last bucket. */
export type EngineBucket = { readonly fromMs: number; readonly toMs: number; readonly count: number };

/** An engine's buckets as ours, the counts of each spread evenly over its logarithm: they become fractions, their sum stays. */
export function latenciesOf(buckets: readonly EngineBucket[]): LatencyCounts {
  const counted = buckets.filter(({ count }) => count > 0);
  if (counted.length === 0) return NO_LATENCIES;
  const counts = NO_LATENCIES.map(() => 0);
  for (const bucket of counted) spread(bucket, counts);
  return counts;
}

/** Below 1 ms nothing is told apart: logarithms begin there. */
const FLOOR_MS = 1;

function spread({ fromMs, toMs, count }: EngineBucket, counts: number[]): void {
  const from = Math.max(FLOOR_MS / 2, fromMs);
  const to = Number.isFinite(toMs) ? Math.max(from, toMs) : from;
  const width = Math.log(to) - Math.log(from);
  if (width <= 0) return void addAt(counts, from * (1 + Number.EPSILON), count);
  let edge = from;
  for (const bound of [...LATENCY_BOUNDS_MS, Infinity]) {
    if (bound <= edge) continue;
    const end = Math.min(bound, to);
    addAt(counts, end, (count * (Math.log(end) - Math.log(edge))) / width);
    edge = end;
    if (edge >= to) return;
  }
}

function addAt(counts: number[], ms: number, count: number): void {
  const found = LATENCY_BOUNDS_MS.findIndex((bound) => ms <= bound);
  const index = found === -1 ? LATENCY_BOUNDS_MS.length : found;
  counts[index] = (counts[index] ?? 0) + count;
}
