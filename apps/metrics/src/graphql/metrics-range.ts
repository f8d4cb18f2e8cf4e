import { invalidInput, type FieldProblem } from '@slipway/contracts';
import type { MetricsBook, MetricsWindow } from '@slipway/domain';

/** Steps of one answer. */
export const STEPS_MAX = 1_440;
export const STEP_MAX_SECONDS = 86_400;
export const RANGE_DEFAULT_MS = 5 * 60_000;
const STEPS_DEFAULT = 60;
/** Steps times replicas of one answer. */
export const VALUES_MAX = 20_000;

export type MetricsFilter = { readonly from?: Date | null; readonly to?: Date | null; readonly stepSeconds?: number | null; readonly replicaId?: string | null; readonly revisionId?: string | null };

/** The steps asked for. @throws SlipwayError INVALID_INPUT, naming each field that is wrong. */
export function rangeOf(filter: MetricsFilter, book: MetricsBook, nowMs: number): MetricsWindow {
  const toMs = filter.to?.getTime() ?? nowMs;
  const fromMs = filter.from?.getTime() ?? toMs - RANGE_DEFAULT_MS;
  const stepMs = filter.stepSeconds === null || filter.stepSeconds === undefined ? Math.max(1_000, Math.ceil((toMs - fromMs) / STEPS_DEFAULT / 1_000) * 1_000) : filter.stepSeconds * 1_000;
  const problems = problemsOf(fromMs, toMs, stepMs, nowMs);
  if (problems.length > 0) throw invalidInput(problems);
  return book.window(fromMs, Math.min(toMs, nowMs), stepMs, nowMs);
}

export function limitValues(steps: number, replicas: number): void {
  if (steps * replicas <= VALUES_MAX) return;
  throw invalidInput([{ field: 'filter.stepSeconds', problem: `is too short: ${steps} steps of ${replicas} replicas are more than ${VALUES_MAX} values; take longer steps, a shorter range or one replica` }]);
}

function problemsOf(fromMs: number, toMs: number, stepMs: number, nowMs: number): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (fromMs >= toMs) problems.push({ field: 'filter.from', problem: 'must be before filter.to' });
  else if (fromMs >= nowMs) problems.push({ field: 'filter.from', problem: 'must be in the past' });
  if (stepMs < 1_000 || stepMs > STEP_MAX_SECONDS * 1_000) problems.push({ field: 'filter.stepSeconds', problem: `must be from 1 to ${STEP_MAX_SECONDS}` });
  else if ((toMs - fromMs) / stepMs > STEPS_MAX) problems.push({ field: 'filter.stepSeconds', problem: `is too short: a range has at most ${STEPS_MAX} steps` });
  return problems;
}
