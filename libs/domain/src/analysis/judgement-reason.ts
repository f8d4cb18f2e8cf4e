import type { AnalysisPolicy, OnNoTraffic } from './analysis-policy.js';
import type { ConditionJudgement, Verdict } from './judgement.js';

/** Within the duration, after it with extensions left, or with none. */
export type Phase = 'inDuration' | 'extended' | 'exhausted';

/** What was decided and by which numbers, for a reader who has neither the policy nor the log at hand. */
export function judgementReason(policy: AnalysisPolicy, verdict: Verdict, phase: Phase, conditions: readonly ConditionJudgement[], elapsedMs: number): string {
  const deciding = conditions.filter((condition) => condition.verdict === verdict);
  const told = (deciding.length === 0 ? conditions : deciding).map((condition) => tellCondition(condition, policy.minRequests)).join('; ');
  return `${headline(policy, verdict, phase, elapsedMs)}: ${told}`;
}

const LAST_RESORT: Readonly<Record<OnNoTraffic, string>> = {
  hold: 'held for a person to decide',
  promote: 'promoted, as onNoTraffic asks',
  abort: 'aborted, as onNoTraffic asks',
};

function headline({ durationMs, extensionsMax, onNoTraffic }: AnalysisPolicy, verdict: Verdict, phase: Phase, elapsedMs: number): string {
  if (verdict === 'FAIL') return 'Aborted';
  const elapsed = readableDuration(elapsedMs);
  const duration = readableDuration(durationMs);
  if (phase === 'inDuration') return `${verdict === 'PASS' ? 'Good so far' : 'Not sure yet'}, watched for ${elapsed} of ${duration}`;
  if (verdict === 'PASS') return `Passed after ${elapsed}`;
  const limit = readableDuration(durationMs * (1 + extensionsMax));
  return phase === 'extended' ? `Too little to judge by after ${elapsed}, watched for up to ${limit}` : `Too little to judge by in ${limit}, ${LAST_RESORT[onNoTraffic]}`;
}

const NAMES: Readonly<Record<string, string>> = {
  latencyP95: 'p95 latency',
  latencyP95AgainstStable: 'p95 latency',
  timeToFirstTokenP95: 'p95 time to first token',
  timeToFirstTokenP95AgainstStable: 'p95 time to first token',
  timePerOutputTokenP95: 'p95 time per output token',
  timePerOutputTokenP95AgainstStable: 'p95 time per output token',
};

function tellCondition(judged: ConditionJudgement, minRequests: number): string {
  const { condition, verdict, requests } = judged;
  const few = verdict === 'INCONCLUSIVE' && requests < minRequests ? `, ${minRequests} are needed` : '';
  const resting = `${requests} ${requests === 1 ? 'request' : 'requests'}${few}`;
  if (condition === 'successRate') return tellSuccessRate(judged, resting);
  if (condition === 'failuresInARow') return judged.value === null ? 'no request has failed or succeeded' : `${judged.value} failures in a row, ${judged.threshold} abort`;
  return condition === 'errorsAgainstStable' ? tellErrors(judged, resting) : tellLatency(judged, resting);
}

function tellSuccessRate(judged: ConditionJudgement, resting: string): string {
  const { value, lower, upper, threshold } = judged;
  if (value === null) return `success rate unknown, ${resting}`;
  const compared = comparison(judged, 'at least', 'below', lower !== null && lower >= threshold, upper !== null && upper < threshold);
  return `success rate ${readable(value, 2)} % (${range(lower, upper)} %) of ${resting}${resting.includes(',') ? ',' : ''} ${compared} ${threshold} %`;
}

function tellErrors({ value, lower, upper, requests, verdict }: ConditionJudgement, resting: string): string {
  if (value === null) return `errors against stable unknown: ${requests === 0 ? `the canary served ${resting}` : `stable served nothing beside ${resting}`}`;
  const proof = verdict === 'FAIL' ? 'which is surely more often than stable' : `which is not ${verdict === 'PASS' ? '' : 'yet '}proven more often than stable`;
  return `errors ${value < 0 ? '' : '+'}${readable(value, 2)} points beside stable's (${range(lower, upper)}) in ${resting}, ${proof}`;
}

function tellLatency(judged: ConditionJudgement, resting: string): string {
  const { condition, value, lower, upper, threshold } = judged;
  const isRatio = condition.endsWith('AgainstStable');
  const name = NAMES[condition] ?? condition;
  if (value === null) return isRatio ? `${name} against stable unknown: canary or stable has none, ${resting} of the canary` : `${name} unknown, ${resting}`;
  const digits = isRatio || value < 10 ? 2 : 0;
  const unit = isRatio ? " times stable's" : ' ms';
  const compared = comparison(judged, 'at most', 'above', upper !== null && upper <= threshold, lower !== null && lower > threshold);
  return `${name} ${readable(value, digits)}${unit} (${range(lower, upper, digits)}${isRatio ? '' : ' ms'}) of ${resting}${resting.includes(',') ? ',' : ''} ${compared} ${threshold}${isRatio ? '' : ' ms'}`;
}

function comparison({ verdict }: ConditionJudgement, good: string, bad: string, isSurelyGood: boolean, isSurelyBad: boolean): string {
  if (verdict === 'PASS') return `is ${isSurelyGood ? 'surely ' : ''}${good}`;
  if (verdict === 'FAIL') return `is ${isSurelyBad ? 'surely ' : ''}${bad}`;
  return 'may be on either side of';
}

const range = (lower: number | null, upper: number | null, digits = 2): string =>
  `${lower === null ? 'unknown' : readable(lower, digits)} to ${upper === null ? 'unknown' : readable(upper, digits)}`;

const readable = (value: number, digits: number): string => String(Number(value.toFixed(digits)));

function readableDuration(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 120) return `${readable(seconds, 1)} s`;
  return seconds < 7_200 ? `${readable(seconds / 60, 1)} min` : `${readable(seconds / 3_600, 1)} h`;
}
