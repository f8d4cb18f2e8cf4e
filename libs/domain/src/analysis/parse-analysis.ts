import { LATENCY_BOUNDS_MS } from '../metrics/latency-counts.js';
import { parseDurationMs } from '../quantities/duration.js';
import { ANALYSIS_DEFAULTS, analysisIntervalMs, type AnalysisPolicy, type OnNoTraffic } from './analysis-policy.js';

/** As a client may send it; everything but duration and successThreshold has a default. */
export type AnalysisInput = {
  /** `30m`: a number with s, m or h. */
  readonly duration?: string | null | undefined;
  readonly interval?: string | null | undefined;
  /** Percent. */
  readonly successThreshold?: number | null | undefined;
  readonly minRequests?: number | null | undefined;
  readonly failuresInARowMax?: number | null | undefined;
  readonly extensionsMax?: number | null | undefined;
  /** HOLD, PROMOTE or ABORT. */
  readonly onNoTraffic?: string | null | undefined;
  readonly compareErrors?: boolean | null | undefined;
} & { readonly [F in LatencyField]?: number | null | undefined };

export type AnalysisProblem = { readonly field: string; readonly problem: string };

export const ANALYSIS_DURATION_MS_MIN = 1_000;
/** 30 days. */
export const ANALYSIS_DURATION_MS_MAX = 30 * 24 * 3_600_000;
export const ANALYSIS_INTERVAL_MS_MIN = 1_000;
export const ANALYSIS_INTERVAL_MS_MAX = 3_600_000;
export const ANALYSIS_REQUESTS_MAX = 1_000_000;
export const ANALYSIS_FAILURES_IN_A_ROW_MAX = 1_000;
export const ANALYSIS_EXTENSIONS_MAX = 100;
/** Outside of these no bucket tells one duration from another. */
export const ANALYSIS_LATENCY_MS_MIN = 1;
export const ANALYSIS_LATENCY_MS_MAX = Math.floor(LATENCY_BOUNDS_MS.at(-1) ?? 0);
export const ANALYSIS_RATIO_MIN = 0.1;
export const ANALYSIS_RATIO_MAX = 100;

const MS_FIELDS = ['latencyP95MsMax', 'timeToFirstTokenP95MsMax', 'timePerOutputTokenP95MsMax'] as const;
const RATIO_FIELDS = ['latencyP95RatioMax', 'timeToFirstTokenP95RatioMax', 'timePerOutputTokenP95RatioMax'] as const;
type LatencyField = (typeof MS_FIELDS)[number] | (typeof RATIO_FIELDS)[number];

const ON_NO_TRAFFIC: Readonly<Record<string, OnNoTraffic>> = { HOLD: 'hold', PROMOTE: 'promote', ABORT: 'abort' };

/** Reads an analysis as the API takes it, or names every field that is wrong and how to write it; `at` comes before each, as in `analysis.duration`. */
export function parseAnalysis(input: AnalysisInput, at: string): { readonly policy: AnalysisPolicy } | { readonly problems: readonly AnalysisProblem[] } {
  const problems: AnalysisProblem[] = [];
  const report: Report = (field, problem) => problems.push({ field: at === '' ? field : `${at}.${field}`, problem });
  const durationMs = duration('duration', input.duration, ANALYSIS_DURATION_MS_MIN, ANALYSIS_DURATION_MS_MAX, 'is required: a number from 1s to 720h, for example "30m"', report);
  const intervalMs = intervalOf(input.interval, durationMs, report);
  const threshold = input.successThreshold ?? null;
  if (threshold === null || !(threshold >= 0 && threshold <= 100)) report('successThreshold', 'is required: a percentage from 0 to 100, for example 95');
  const policy: AnalysisPolicy = {
    durationMs: durationMs ?? 0,
    intervalMs: intervalMs ?? 0,
    successThresholdPercent: threshold ?? 0,
    minRequests: whole('minRequests', input.minRequests, 1, ANALYSIS_REQUESTS_MAX, report),
    failuresInARowMax: whole('failuresInARowMax', input.failuresInARowMax, 1, ANALYSIS_FAILURES_IN_A_ROW_MAX, report),
    extensionsMax: whole('extensionsMax', input.extensionsMax, 0, ANALYSIS_EXTENSIONS_MAX, report),
    onNoTraffic: onNoTraffic(input.onNoTraffic, report),
    compareErrors: input.compareErrors ?? ANALYSIS_DEFAULTS.compareErrors,
    ...limits(MS_FIELDS, input, ANALYSIS_LATENCY_MS_MIN, ANALYSIS_LATENCY_MS_MAX, 'is milliseconds', report),
    ...limits(RATIO_FIELDS, input, ANALYSIS_RATIO_MIN, ANALYSIS_RATIO_MAX, "is how many times stable's it may be, for example 1.2,", report),
  };
  return problems.length > 0 ? { problems } : { policy };
}

type Report = (field: string, problem: string) => void;

function duration(field: string, text: string | null | undefined, min: number, max: number, problem: string, report: Report): number | null {
  const ms = parseDurationMs(text ?? '');
  if (ms !== null && ms >= min && ms <= max) return ms;
  report(field, problem);
  return null;
}

function intervalOf(text: string | null | undefined, durationMs: number | null, report: Report): number | null {
  if (text === undefined || text === null) return durationMs === null ? null : analysisIntervalMs(durationMs);
  const interval = duration('interval', text, ANALYSIS_INTERVAL_MS_MIN, ANALYSIS_INTERVAL_MS_MAX, 'is a number from 1s to 1h, for example "10s"; leave it out for a twentieth of duration', report);
  if (interval !== null && durationMs !== null && interval > durationMs) report('interval', 'is longer than duration: nothing would be measured in it; make it shorter');
  return interval;
}

function whole(field: 'minRequests' | 'failuresInARowMax' | 'extensionsMax', given: number | null | undefined, min: number, max: number, report: Report): number {
  const value = given ?? ANALYSIS_DEFAULTS[field];
  if (!Number.isInteger(value) || value < min || value > max) report(field, `is a whole number from ${min} to ${max}; leave it out for ${ANALYSIS_DEFAULTS[field]}`);
  return value;
}

function onNoTraffic(given: string | null | undefined, report: Report): OnNoTraffic {
  if (given === undefined || given === null) return ANALYSIS_DEFAULTS.onNoTraffic;
  const known = Object.hasOwn(ON_NO_TRAFFIC, given) ? ON_NO_TRAFFIC[given] : undefined;
  if (known === undefined) report('onNoTraffic', `is one of ${Object.keys(ON_NO_TRAFFIC).join(', ')}; leave it out for HOLD`);
  return known ?? ANALYSIS_DEFAULTS.onNoTraffic;
}

function limits<F extends LatencyField>(fields: readonly F[], input: AnalysisInput, min: number, max: number, what: string, report: Report): Record<F, number | null> {
  const read = (field: F): number | null => {
    const value: number | null = input[field] ?? null;
    if (value !== null && !(value >= min && value <= max)) report(field, `${what} from ${min} to ${max}; leave it out not to judge by it`);
    return value;
  };
  return Object.fromEntries(fields.map((field) => [field, read(field)])) as Record<F, number | null>;
}
