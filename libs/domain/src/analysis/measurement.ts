import { addLatencies, NO_LATENCIES, type LatencyCounts } from '../metrics/latency-counts.js';

/** What one revision served in a window of time. */
export type TrafficSample = {
  readonly successes: number;
  readonly failures: number;
  /** At the window's end. */
  readonly failuresInARow: number;
  readonly latency: LatencyCounts;
  readonly timeToFirstToken: LatencyCounts;
  readonly timePerOutputToken: LatencyCounts;
};

/** Both revisions in the same window. Windows of one step do not overlap; time nobody watched lies in none. */
export type Measurement = { readonly fromMs: number; readonly toMs: number; readonly canary: TrafficSample; readonly stable: TrafficSample };

export const EMPTY_SAMPLE: TrafficSample = {
  successes: 0,
  failures: 0,
  failuresInARow: 0,
  latency: NO_LATENCIES,
  timeToFirstToken: NO_LATENCIES,
  timePerOutputToken: NO_LATENCIES,
};

/** Two windows of one revision as one; `later` ends last. */
export const addSamples = (earlier: TrafficSample, later: TrafficSample): TrafficSample => ({
  successes: earlier.successes + later.successes,
  failures: earlier.failures + later.failures,
  failuresInARow: later.failuresInARow,
  latency: addLatencies(earlier.latency, later.latency),
  timeToFirstToken: addLatencies(earlier.timeToFirstToken, later.timeToFirstToken),
  timePerOutputToken: addLatencies(earlier.timePerOutputToken, later.timePerOutputToken),
});

/** Those that count: neither refused for what the client sent nor left by the client before the first byte. */
export const requestsOf = (sample: TrafficSample): number => sample.successes + sample.failures;
