/** What is to be done when an analysis has lasted as long as it may and too few requests came to judge by. */
export type OnNoTraffic = 'hold' | 'promote' | 'abort';

/** How a canary is judged while it takes its share (E11). Null: not asked for. */
export type AnalysisPolicy = {
  readonly durationMs: number;
  /** Between two measurements. */
  readonly intervalMs: number;
  readonly successThresholdPercent: number;
  /** Fewer requests than this are no ground to judge by. */
  readonly minRequests: number;
  /** So many failures in a row end it at once. */
  readonly failuresInARowMax: number;
  /** Inconclusive at its end, it goes on for up to this many times its duration before `onNoTraffic` is done. */
  readonly extensionsMax: number;
  readonly onNoTraffic: OnNoTraffic;
  /** The canary fails if it errs more often than stable in the same window, by a two-proportion z test. */
  readonly compareErrors: boolean;
  readonly latencyP95MsMax: number | null;
  readonly latencyP95RatioMax: number | null;
  readonly timeToFirstTokenP95MsMax: number | null;
  readonly timeToFirstTokenP95RatioMax: number | null;
  readonly timePerOutputTokenP95MsMax: number | null;
  readonly timePerOutputTokenP95RatioMax: number | null;
};

export const ANALYSIS_DEFAULTS = {
  minRequests: 20,
  failuresInARowMax: 5,
  extensionsMax: 3,
  onNoTraffic: 'hold',
  compareErrors: false,
  latencyP95MsMax: null,
  latencyP95RatioMax: null,
  timeToFirstTokenP95MsMax: null,
  timeToFirstTokenP95RatioMax: null,
  timePerOutputTokenP95MsMax: null,
  timePerOutputTokenP95RatioMax: null,
} as const satisfies Partial<AnalysisPolicy>;

/** A measurement every twentieth of the duration, but not more than one a second, nor fewer than one in ten. */
export const analysisIntervalMs = (durationMs: number): number => Math.min(10_000, Math.max(1_000, Math.round(durationMs / 20)));
