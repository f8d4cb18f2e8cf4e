import { quantile, quantileBounds, totalOf, type LatencyCounts } from '../metrics/latency-counts.js';
import type { AnalysisPolicy } from './analysis-policy.js';
import type { ConditionJudgement, Verdict } from './judgement.js';
import { requestsOf, type TrafficSample } from './measurement.js';
import { CONFIDENCE_Z, wilsonBounds } from './wilson.js';

/** What both revisions served since the step began. */
export type AnalysisTotal = { readonly canary: TrafficSample; readonly stable: TrafficSample };

/** Which of many durations is held against a limit. */
const LATENCY_QUANTILE = 0.95;

/**
 * Judges every condition the policy asks for. A condition that rests on fewer than `minRequests` is INCONCLUSIVE whatever its bounds
 * say, except failures in a row. What its bounds leave open is decided by the value itself once `isOver`, when the duration has passed.
 */
export function judgeConditions(policy: AnalysisPolicy, total: AnalysisTotal, isOver: boolean): readonly ConditionJudgement[] {
  return [
    successRate(policy, total, isOver),
    failuresInARow(policy, total),
    ...(policy.compareErrors ? [errorsAgainstStable(policy, total, isOver)] : []),
    ...LATENCIES.flatMap(({ name, counts, msMax, ratioMax }) => {
      const [max, ratio] = [policy[msMax], policy[ratioMax]];
      const [canary, stable] = [total.canary[counts], total.stable[counts]];
      return [
        ...(max === null ? [] : [latency(`${name}P95`, canary, max, policy.minRequests, isOver)]),
        ...(ratio === null ? [] : [latencyAgainstStable(`${name}P95AgainstStable`, canary, stable, ratio, policy.minRequests, isOver)]),
      ];
    }),
  ];
}

const LATENCIES = [
  { name: 'latency', counts: 'latency', msMax: 'latencyP95MsMax', ratioMax: 'latencyP95RatioMax' },
  { name: 'timeToFirstToken', counts: 'timeToFirstToken', msMax: 'timeToFirstTokenP95MsMax', ratioMax: 'timeToFirstTokenP95RatioMax' },
  { name: 'timePerOutputToken', counts: 'timePerOutputToken', msMax: 'timePerOutputTokenP95MsMax', ratioMax: 'timePerOutputTokenP95RatioMax' },
] as const;

function successRate({ successThresholdPercent: threshold, minRequests }: AnalysisPolicy, { canary }: AnalysisTotal, isOver: boolean): ConditionJudgement {
  const requests = requestsOf(canary);
  const condition = 'successRate';
  if (requests === 0) return { condition, verdict: 'INCONCLUSIVE', value: null, lower: null, upper: null, threshold, requests };
  const value = (100 * canary.successes) / requests; // exact at the threshold: 95 is 19 of 20
  const bounds = wilsonBounds(canary.successes, requests);
  const [lower, upper] = [100 * bounds.lower, 100 * bounds.upper];
  const verdict = verdictOf({ isKnown: requests >= minRequests, isSurelyGood: lower >= threshold, isSurelyBad: upper < threshold, isOver, looksGood: value >= threshold });
  return { condition, verdict, value, lower, upper, threshold, requests };
}

/** A run that began before the step counts only by its part in the step. */
function failuresInARow({ failuresInARowMax: threshold }: AnalysisPolicy, { canary }: AnalysisTotal): ConditionJudgement {
  const requests = requestsOf(canary);
  const inARow = Math.min(canary.failuresInARow, canary.failures);
  const verdict: Verdict = requests === 0 ? 'INCONCLUSIVE' : inARow >= threshold ? 'FAIL' : 'PASS';
  return { condition: 'failuresInARow', verdict, value: requests === 0 ? null : inARow, lower: null, upper: null, threshold, requests };
}

/**
 * By how many percentage points the canary errs more often, with bounds by a two-proportion z test with pooled variance and
 * continuity correction: without the latter one failure of 20 beside none of 200 would count as proof.
 */
function errorsAgainstStable({ minRequests }: AnalysisPolicy, { canary, stable }: AnalysisTotal, isOver: boolean): ConditionJudgement {
  const requests = requestsOf(canary);
  const beside = requestsOf(stable);
  const known = { condition: 'errorsAgainstStable', threshold: 0, requests };
  if (requests === 0 || beside === 0) return { ...known, verdict: 'INCONCLUSIVE', value: null, lower: null, upper: null };
  const pooled = (canary.failures + stable.failures) / (requests + beside);
  const perRequest = 1 / requests + 1 / beside;
  const difference = canary.failures / requests - stable.failures / beside;
  const doubt = CONFIDENCE_Z * Math.sqrt(pooled * (1 - pooled) * perRequest) + (pooled === 0 || pooled === 1 ? 0 : perRequest / 2);
  const [lower, upper] = [100 * Math.max(-1, difference - doubt), 100 * Math.min(1, difference + doubt)];
  const isSurelyBad = lower > 0;
  const verdict = verdictOf({ isKnown: Math.min(requests, beside) >= minRequests, isSurelyGood: upper <= 0, isSurelyBad, isOver, looksGood: !isSurelyBad });
  return { ...known, verdict, value: 100 * difference, lower, upper };
}

function latency(condition: string, canary: LatencyCounts, threshold: number, minRequests: number, isOver: boolean): ConditionJudgement {
  const requests = totalOf(canary);
  const value = quantile(canary, LATENCY_QUANTILE);
  if (value === null) return { condition, verdict: 'INCONCLUSIVE', value, lower: null, upper: null, threshold, requests };
  const { lower, upper } = quantileBounds(canary, LATENCY_QUANTILE, CONFIDENCE_Z);
  return { condition, verdict: limitVerdict(requests >= minRequests, lower, upper, value, threshold, isOver), value, lower, upper, threshold, requests };
}

function latencyAgainstStable(condition: string, canary: LatencyCounts, stable: LatencyCounts, threshold: number, minRequests: number, isOver: boolean): ConditionJudgement {
  const requests = totalOf(canary);
  const value = ratioOf(quantile(canary, LATENCY_QUANTILE), quantile(stable, LATENCY_QUANTILE));
  if (value === null) return { condition, verdict: 'INCONCLUSIVE', value, lower: null, upper: null, threshold, requests };
  const [ours, theirs] = [canary, stable].map((counts) => quantileBounds(counts, LATENCY_QUANTILE, CONFIDENCE_Z)) as [Limits, Limits];
  const [lower, upper] = [ratioOf(ours.lower, theirs.upper), ratioOf(ours.upper, theirs.lower)];
  const isKnown = Math.min(requests, totalOf(stable)) >= minRequests;
  return { condition, verdict: limitVerdict(isKnown, lower, upper, value, threshold, isOver), value, lower, upper, threshold, requests };
}

type Limits = { readonly lower: number | null; readonly upper: number | null };

const ratioOf = (over: number | null, under: number | null): number | null => (over === null || under === null || under === 0 ? null : over / under);

const limitVerdict = (isKnown: boolean, lower: number | null, upper: number | null, value: number, max: number, isOver: boolean): Verdict =>
  verdictOf({ isKnown, isSurelyGood: upper !== null && upper <= max, isSurelyBad: lower !== null && lower > max, isOver, looksGood: value <= max });

type Evidence = {
  readonly isKnown: boolean;
  readonly isSurelyGood: boolean;
  readonly isSurelyBad: boolean;
  readonly isOver: boolean;
  /** By the value alone. */
  readonly looksGood: boolean;
};

function verdictOf({ isKnown, isSurelyGood, isSurelyBad, isOver, looksGood }: Evidence): Verdict {
  if (!isKnown) return 'INCONCLUSIVE';
  if (isSurelyBad) return 'FAIL';
  if (isSurelyGood) return 'PASS';
  if (!isOver) return 'INCONCLUSIVE';
  return looksGood ? 'PASS' : 'FAIL';
}
