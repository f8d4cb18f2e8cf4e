import type { AnalysisPolicy } from './analysis-policy.js';
import { judgeConditions, type AnalysisTotal } from './conditions.js';
import type { ConditionJudgement, Judgement, Verdict } from './judgement.js';
import { judgementReason, type Phase } from './judgement-reason.js';

/**
 * Judges a canary by all that both revisions served in the step so far (E11). Any condition that fails ends it at once. Until
 * `durationMs` has passed nothing else ends it, however good it looks. After that it continues as soon as every condition passes;
 * while any has too few requests to rest on it is watched for up to `extensionsMax` durations more, and then `onNoTraffic` says.
 * @param elapsedMs since the step began
 */
export function judge(policy: AnalysisPolicy, total: AnalysisTotal, elapsedMs: number): Judgement {
  const phase = phaseOf(policy, elapsedMs);
  const conditions = judgeConditions(policy, total, phase !== 'inDuration');
  const verdict = combined(conditions);
  return { verdict, next: nextOf(verdict, phase, policy), reason: judgementReason(policy, verdict, phase, conditions, elapsedMs), conditions };
}

function phaseOf({ durationMs, extensionsMax }: AnalysisPolicy, elapsedMs: number): Phase {
  if (elapsedMs < durationMs) return 'inDuration';
  return elapsedMs < durationMs * (1 + extensionsMax) ? 'extended' : 'exhausted';
}

function combined(conditions: readonly ConditionJudgement[]): Verdict {
  if (conditions.some(({ verdict }) => verdict === 'FAIL')) return 'FAIL';
  return conditions.every(({ verdict }) => verdict === 'PASS') ? 'PASS' : 'INCONCLUSIVE';
}

const ON_NO_TRAFFIC = { hold: 'hold', promote: 'continue', abort: 'abort' } as const;

function nextOf(verdict: Verdict, phase: Phase, { onNoTraffic }: AnalysisPolicy): Judgement['next'] {
  if (verdict === 'FAIL') return 'abort';
  if (phase === 'inDuration') return 'watch';
  if (verdict === 'PASS') return 'continue';
  return phase === 'extended' ? 'watch' : ON_NO_TRAFFIC[onNoTraffic];
}
