import { invalidInput, type FieldProblem } from '@slipway/contracts';
import { SCALING_METRICS, SCALING_RULE_DEFAULTS, type ScalingAggregate, type ScalingMetric, type ScalingRule, type ScalingRuleChanges } from '@slipway/domain';

/** Replicas one step may add or take away. */
export const STEP_SIZE_MAX = 100;
/** As many as a deployment may ask for. */
export const RULE_REPLICAS_MAX = 1_000;
/** Seconds a rule may rest after it changed something. */
export const TIME_WINDOW_SECONDS_MAX = 86_400;

type Optional<T> = T | null | undefined;

export type RuleInput = {
  readonly metricType?: Optional<string>;
  readonly aggregate?: Optional<Uppercase<ScalingAggregate>>;
  /** Null: none. */
  readonly minThreshold?: Optional<number>;
  readonly maxThreshold?: Optional<number>;
  readonly stepSize?: Optional<number>;
  readonly timeWindow?: Optional<number>;
  readonly minReplicas?: Optional<number>;
  readonly maxReplicas?: Optional<number>;
  readonly enabled?: Optional<boolean>;
};

/** What is given, checked; all problems are named at once. A threshold given as null is none, everything else given as null is not given. */
export function readRuleChanges(input: RuleInput): ScalingRuleChanges {
  const problems: FieldProblem[] = [];
  const { metricType, aggregate, minThreshold, maxThreshold, stepSize, timeWindow, minReplicas, maxReplicas, enabled } = input;
  const changes: ScalingRuleChanges = {
    ...(isGiven(metricType) ? { metric: readMetric(metricType, problems) } : {}),
    ...(isGiven(aggregate) ? { aggregate: aggregate.toLowerCase() as ScalingAggregate } : {}),
    ...(minThreshold === undefined ? {} : { minThreshold: readThreshold(minThreshold, 'minThreshold', problems) }),
    ...(maxThreshold === undefined ? {} : { maxThreshold: readThreshold(maxThreshold, 'maxThreshold', problems) }),
    ...(isGiven(stepSize) ? { stepSize: readWhole(stepSize, 'stepSize', 1, STEP_SIZE_MAX, problems) } : {}),
    ...(isGiven(timeWindow) ? { cooldownMs: 1_000 * readWhole(timeWindow, 'timeWindow', 0, TIME_WINDOW_SECONDS_MAX, problems) } : {}),
    ...(isGiven(minReplicas) ? { minReplicas: readWhole(minReplicas, 'minReplicas', 1, RULE_REPLICAS_MAX, problems) } : {}),
    ...(isGiven(maxReplicas) ? { maxReplicas: readWhole(maxReplicas, 'maxReplicas', 1, RULE_REPLICAS_MAX, problems) } : {}),
    ...(isGiven(enabled) ? { enabled } : {}),
  };
  if (problems.length > 0) throw invalidInput(problems);
  return changes;
}

export function readNewRule(input: RuleInput & { readonly metricType: string }, ruleId: string): ScalingRule {
  return { ...SCALING_RULE_DEFAULTS, ruleId, metric: 'inFlight', ...readRuleChanges(input) };
}

function readMetric(given: string, problems: FieldProblem[]): ScalingMetric {
  const known = SCALING_METRICS.find((metric) => metric === given);
  if (known === undefined) problems.push({ field: 'metricType', problem: `is none of ${SCALING_METRICS.join(', ')}` });
  return known ?? 'inFlight';
}

function readThreshold(given: number | null, field: string, problems: FieldProblem[]): number | null {
  if (given !== null && (!Number.isFinite(given) || given < 0)) problems.push({ field, problem: 'is a number that is not negative' });
  return given;
}

function readWhole(given: number, field: string, min: number, max: number, problems: FieldProblem[]): number {
  if (!Number.isInteger(given) || given < min || given > max) problems.push({ field, problem: `is a whole number from ${min} to ${max}` });
  return given;
}

const isGiven = <T>(value: Optional<T>): value is T => value !== null && value !== undefined;
