import { ANALYSIS_DEFAULTS, analysisIntervalMs, type AnalysisPolicy } from './analysis-policy.js';
import { judge } from './judge.js';
import { EMPTY_SAMPLE, type TrafficSample } from './measurement.js';

/** A canary of which the truth is known. */
export type SimulatedCanary = {
  readonly successThresholdPercent: number;
  /** Of every request, independent of the others; below the threshold the canary is bad. */
  readonly successPercent: number;
  /** That the canary is expected to get within the analysis' duration, at random times. */
  readonly requestsInDuration: number;
};

export type RolloutOutcome = 'promoted' | 'aborted' | 'held';

/** What a rule made of one rollout, and what it cost the clients until then. */
export type RuleResult = { readonly outcome: RolloutOutcome; readonly endedAfterMs: number; readonly failedRequests: number };

/** The same traffic under two rules: `judge`, and the plain one that compares the success rate with the threshold once, at the end. */
export type SimulatedRollout = SimulatedCanary & { readonly isBad: boolean; readonly judged: RuleResult; readonly plain: RuleResult };

export const SIMULATED_DURATION_MS = 30 * 60_000;
export const SIMULATED_THRESHOLDS_PERCENT: readonly number[] = [90, 95, 99];
export const SIMULATED_REQUESTS: readonly number[] = [5, 20, 60, 200, 1_000, 5_000];
/** Failures as a multiple of what the threshold allows: the first three are good canaries, the rest bad; the last fails every time. */
export const SIMULATED_FAILURES: readonly number[] = [0, 0.2, 0.5, 1.5, 2, 4, Infinity];

/** Every threshold with every truth and every traffic. */
export const SIMULATED_CANARIES: readonly SimulatedCanary[] = SIMULATED_THRESHOLDS_PERCENT.flatMap((successThresholdPercent) =>
  SIMULATED_FAILURES.flatMap((times) =>
    SIMULATED_REQUESTS.map((requestsInDuration) => ({
      successThresholdPercent,
      successPercent: 100 - Math.min(100, times * (100 - successThresholdPercent)),
      requestsInDuration,
    })),
  ),
);

/** Each canary of the grid so many times; the same seed gives the same rollouts. */
export function simulateRollouts(seed: number, timesEach: number, changes: Partial<AnalysisPolicy> = {}): readonly SimulatedRollout[] {
  const random = seededRandom(seed);
  return SIMULATED_CANARIES.flatMap((canary) => Array.from({ length: timesEach }, () => simulateRollout(canary, random, changes)));
}

/** `random` gives numbers from 0 (inclusive) to 1 (exclusive). */
export function simulateRollout(canary: SimulatedCanary, random: () => number, changes: Partial<AnalysisPolicy> = {}): SimulatedRollout {
  const { successThresholdPercent, successPercent, requestsInDuration } = canary;
  const durationMs = SIMULATED_DURATION_MS;
  const policy: AnalysisPolicy = { ...ANALYSIS_DEFAULTS, durationMs, intervalMs: analysisIntervalMs(durationMs), successThresholdPercent, ...changes };
  const requestsPerTick = (requestsInDuration * policy.intervalMs) / durationMs;
  let sample = EMPTY_SAMPLE;
  let judged: RuleResult | null = null;
  let plain: RuleResult | null = null;
  for (let elapsedMs = policy.intervalMs; judged === null || plain === null; elapsedMs += policy.intervalMs) {
    const requests = poisson(requestsPerTick, random);
    sample = served(sample, requests, successPercent / 100, random);
    const ending = (outcome: RolloutOutcome): RuleResult => ({ outcome, endedAfterMs: elapsedMs, failedRequests: sample.failures });
    if (plain === null && elapsedMs >= durationMs) plain = ending(isBelow(sample, successThresholdPercent) ? 'aborted' : 'promoted');
    // Without a request since the last one, a judgement differs only where the duration or an extension ends.
    if (judged !== null || (requests === 0 && elapsedMs % durationMs !== 0)) continue;
    const { next } = judge(policy, { canary: sample, stable: EMPTY_SAMPLE }, elapsedMs);
    if (next !== 'watch') judged = ending(OUTCOMES[next]);
  }
  return { ...canary, isBad: successPercent < successThresholdPercent, judged, plain };
}

const OUTCOMES = { continue: 'promoted', abort: 'aborted', hold: 'held' } as const;

/** Without a request there is no rate, and none is not below anything. */
const isBelow = ({ successes, failures }: TrafficSample, thresholdPercent: number): boolean => (100 * successes) / (successes + failures) < thresholdPercent;

function served(before: TrafficSample, requests: number, success: number, random: () => number): TrafficSample {
  let { successes, failures, failuresInARow } = before;
  for (let i = 0; i < requests; i += 1) {
    if (random() < success) {
      successes += 1;
      failuresInARow = 0;
    } else {
      failures += 1;
      failuresInARow += 1;
    }
  }
  return { ...before, successes, failures, failuresInARow };
}

/** Knuth's: as many uniform numbers as their product stays above e^−mean; for means up to some hundreds. */
function poisson(mean: number, random: () => number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count += 1;
  return count;
}

/** Mulberry32: 32 bits of state, good enough to draw requests with, and the same everywhere. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
