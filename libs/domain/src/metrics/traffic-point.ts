import { addLatencies, NO_LATENCIES, totalOf, type LatencyCounts } from './latency-counts.js';
import type { TrafficIncrease } from './traffic-increases.js';

/** What was asked of one replica in a span of time. */
export type TrafficPoint = {
  readonly successes: number;
  readonly failures: number;
  readonly excluded: number;
  /** Null: no answer has told. */
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly latency: LatencyCounts;
  readonly timeToFirstToken: LatencyCounts;
  readonly timePerOutputToken: LatencyCounts;
  /** Running at the end of the span; null: not told in it. */
  readonly inFlight: number | null;
};

export const NO_TRAFFIC: TrafficPoint = {
  successes: 0,
  failures: 0,
  excluded: 0,
  promptTokens: null,
  completionTokens: null,
  latency: NO_LATENCIES,
  timeToFirstToken: NO_LATENCIES,
  timePerOutputToken: NO_LATENCIES,
  inFlight: null,
};

/** `inFlight`: over all proxies, which the increase of one of them cannot tell. */
export const trafficPoint = (increase: TrafficIncrease, inFlight: number): TrafficPoint => ({
  successes: increase.successes,
  failures: increase.failures,
  excluded: increase.excluded,
  promptTokens: increase.promptTokens,
  completionTokens: increase.completionTokens,
  latency: sharedWhenEmpty(increase.latency),
  timeToFirstToken: sharedWhenEmpty(increase.timeToFirstToken),
  timePerOutputToken: sharedWhenEmpty(increase.timePerOutputToken),
  inFlight,
});

/** One replica over time. */
export const laterTraffic = (earlier: TrafficPoint, later: TrafficPoint): TrafficPoint => ({
  ...sumOf(earlier, later),
  inFlight: later.inFlight ?? earlier.inFlight,
});

/** Two replicas in the same span. */
export const bothTraffic = (a: TrafficPoint, b: TrafficPoint): TrafficPoint => ({ ...sumOf(a, b), inFlight: sumKnown(a.inFlight, b.inFlight) });

const sumOf = (a: TrafficPoint, b: TrafficPoint): Omit<TrafficPoint, 'inFlight'> => ({
  successes: a.successes + b.successes,
  failures: a.failures + b.failures,
  excluded: a.excluded + b.excluded,
  promptTokens: sumKnown(a.promptTokens, b.promptTokens),
  completionTokens: sumKnown(a.completionTokens, b.completionTokens),
  latency: sumLatencies(a.latency, b.latency),
  timeToFirstToken: sumLatencies(a.timeToFirstToken, b.timeToFirstToken),
  timePerOutputToken: sumLatencies(a.timePerOutputToken, b.timePerOutputToken),
});

/** What is unknown adds nothing; the sum of nothing known is unknown. */
export const sumKnown = (a: number | null, b: number | null): number | null => (a === null ? b : a + (b ?? 0));

/** Most points hold no latencies: they share one array, and adding it costs nothing. */
export const sumLatencies = (a: LatencyCounts, b: LatencyCounts): LatencyCounts => {
  if (a === NO_LATENCIES) return b;
  return b === NO_LATENCIES ? a : addLatencies(a, b);
};

export const sharedWhenEmpty = (counts: LatencyCounts): LatencyCounts => (totalOf(counts) === 0 ? NO_LATENCIES : counts);
