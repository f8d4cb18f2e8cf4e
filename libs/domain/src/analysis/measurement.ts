import type { LatencyCounts } from '../metrics/latency-counts.js';

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
