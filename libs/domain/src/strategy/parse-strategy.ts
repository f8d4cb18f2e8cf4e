import { ANALYSIS_DEFAULTS, analysisIntervalMs, type AnalysisPolicy } from '../analysis/analysis-policy.js';
import { parseAnalysis, type AnalysisInput } from '../analysis/parse-analysis.js';
import { parseDurationMs } from '../quantities/duration.js';
import { parseCanarySteps } from './canary-steps.js';
import {
  parseIntOrPercent,
  ROLLING_DEFAULTS,
  type BlueGreenConfig,
  type CanaryConfig,
  type DeploymentStrategy,
  type IntOrPercent,
  type StrategyConfigInput,
  type StrategyType,
} from './deployment-strategy.js';

export type StrategyProblem = { readonly field: string; readonly problem: string };

/** Seconds an old revision stays warm after a promotion unless said otherwise (Argo Rollouts' scaleDownDelaySeconds). */
export const RETENTION_SECONDS = 30;
const WAIT_SECONDS_MAX = 7 * 24 * 3600;
const PROGRESS_DEADLINE_SECONDS_MIN = 10;
const PROGRESS_DEADLINE_SECONDS_MAX = 24 * 3600;

const TRIPLE = ['canaryPercentage', 'canaryDuration', 'successThreshold'] as const;
const FIELDS_BY_TYPE: Readonly<Record<StrategyType, readonly (keyof StrategyConfigInput)[]>> = {
  ROLLING: ['maxSurge', 'maxUnavailable', 'progressDeadlineSeconds'],
  BLUE_GREEN: ['autoPromotionEnabled', 'autoPromotionSeconds', 'terminationWaitTime', 'analysis', 'progressDeadlineSeconds'],
  CANARY: [...TRIPLE, 'steps', 'analysis', 'terminationWaitTime', 'progressDeadlineSeconds'],
};

/** Reads a strategy as X9 says: fields that do not belong to the type, or a missing required one, are named and refused. */
export function parseStrategy(
  type: StrategyType,
  input: StrategyConfigInput | null | undefined,
): { readonly strategy: DeploymentStrategy } | { readonly problems: readonly StrategyProblem[] } {
  const given = input ?? {};
  const problems = foreignFields(type, given);
  const strategy = strategyOf(type, given, problems);
  return problems.length > 0 ? { problems } : { strategy };
}

function strategyOf(type: StrategyType, given: StrategyConfigInput, problems: StrategyProblem[]): DeploymentStrategy {
  const deadline = optionalSeconds(given, 'progressDeadlineSeconds', PROGRESS_DEADLINE_SECONDS_MIN, PROGRESS_DEADLINE_SECONDS_MAX, problems);
  switch (type) {
    case 'ROLLING':
      return { type, config: { ...rolling(given, problems), ...deadline } };
    case 'BLUE_GREEN':
      return { type, config: { ...blueGreen(given, problems), ...deadline } };
    case 'CANARY':
      return { type, config: { ...canary(given, problems), ...deadline } };
  }
}

function foreignFields(type: StrategyType, given: StrategyConfigInput): StrategyProblem[] {
  return (Object.keys(given) as (keyof StrategyConfigInput)[])
    .filter((field) => isGiven(given[field]) && !FIELDS_BY_TYPE[type].includes(field))
    .map((field) => ({ field, problem: `does not belong to ${type}, which takes ${FIELDS_BY_TYPE[type].join(', ')}` }));
}

function rolling(given: StrategyConfigInput, problems: StrategyProblem[]) {
  const config = {
    maxSurge: given.maxSurge ?? ROLLING_DEFAULTS.maxSurge,
    maxUnavailable: given.maxUnavailable ?? ROLLING_DEFAULTS.maxUnavailable,
  };
  const before = problems.length;
  for (const field of ['maxSurge', 'maxUnavailable'] as const) {
    const parsed = parseIntOrPercent(config[field]);
    if ('problem' in parsed) problems.push({ field, problem: parsed.problem });
  }
  if (problems.length === before && isZero(config.maxSurge) && isZero(config.maxUnavailable))
    problems.push({ field: 'maxSurge', problem: 'and maxUnavailable are both 0: no replica could ever be replaced; raise one of them' });
  return config;
}

function blueGreen(given: StrategyConfigInput, problems: StrategyProblem[]): BlueGreenConfig {
  if (!isGiven(given.autoPromotionEnabled)) problems.push({ field: 'autoPromotionEnabled', problem: 'is required for BLUE_GREEN' });
  const wait = optionalSeconds(given, 'terminationWaitTime', 0, WAIT_SECONDS_MAX, problems);
  const analysis = isGiven(given.analysis) ? readAnalysis(given.analysis, problems) : null;
  return {
    autoPromotionEnabled: given.autoPromotionEnabled ?? true,
    terminationWaitTimeSeconds: wait.terminationWaitTime ?? RETENTION_SECONDS,
    ...optionalSeconds(given, 'autoPromotionSeconds', 0, WAIT_SECONDS_MAX, problems),
    ...(analysis !== null && { analysis }),
  };
}

function canary(given: StrategyConfigInput, problems: StrategyProblem[]): CanaryConfig {
  const wait = optionalSeconds(given, 'terminationWaitTime', 0, WAIT_SECONDS_MAX, problems);
  const retention = wait.terminationWaitTime === undefined ? {} : { terminationWaitTimeSeconds: wait.terminationWaitTime };
  if (!isGiven(given.steps)) return { ...triple(given, problems), ...retention };
  for (const field of [...TRIPLE, 'analysis' as const])
    if (isGiven(given[field])) problems.push({ field, problem: 'is said by steps: give either steps, or canaryPercentage, canaryDuration and successThreshold' });
  const steps = parseCanarySteps(given.steps, problems);
  return { canaryPercentage: null, canaryDuration: null, successThresholdPercent: null, steps, ...retention };
}

function triple(given: StrategyConfigInput, problems: StrategyProblem[]): CanaryConfig {
  const { canaryPercentage = null, canaryDuration = null, successThreshold = null } = given;
  if (canaryPercentage === null) problems.push({ field: 'canaryPercentage', problem: 'is required for CANARY' });
  else if (!Number.isInteger(canaryPercentage) || canaryPercentage < 1 || canaryPercentage > 99)
    problems.push({ field: 'canaryPercentage', problem: 'is a whole percentage from 1 to 99' });
  const durationMs = canaryDuration === null ? null : parseDurationMs(canaryDuration);
  if (canaryDuration === null) problems.push({ field: 'canaryDuration', problem: 'is required for CANARY, for example "30m"' });
  else if (durationMs === null || durationMs === 0)
    problems.push({ field: 'canaryDuration', problem: 'is a number above 0 with s, m or h, for example "30m"' });
  if (successThreshold === null) problems.push({ field: 'successThreshold', problem: 'is required for CANARY' });
  else if (!(successThreshold >= 0 && successThreshold <= 100)) problems.push({ field: 'successThreshold', problem: 'is a percentage from 0 to 100' });
  const config = { canaryPercentage, canaryDuration, successThresholdPercent: successThreshold };
  if (!isGiven(given.analysis) || problems.length > 0) return config;
  for (const [field, own] of [['duration', 'canaryDuration'], ['successThreshold', 'successThreshold']] as const)
    if (isGiven(given.analysis[field])) problems.push({ field: `analysis.${field}`, problem: `is ${own} here: leave it out` });
  const analysis = readAnalysis({ ...given.analysis, duration: canaryDuration, successThreshold }, problems);
  return analysis === null ? config : { ...config, analysis };
}

/** The analysis the triple stands for. */
export function analysisOfTriple({ canaryDuration, successThresholdPercent, analysis }: CanaryConfig): AnalysisPolicy {
  if (analysis !== undefined) return analysis;
  const durationMs = parseDurationMs(canaryDuration ?? '') ?? 0;
  const intervalMs = analysisIntervalMs(durationMs);
  return { durationMs, intervalMs, successThresholdPercent: successThresholdPercent ?? 0, ...ANALYSIS_DEFAULTS };
}

function readAnalysis(input: AnalysisInput, problems: StrategyProblem[]): AnalysisPolicy | null {
  const parsed = parseAnalysis(input, 'analysis');
  if ('policy' in parsed) return parsed.policy;
  problems.push(...parsed.problems);
  return null;
}

function optionalSeconds<F extends 'progressDeadlineSeconds' | 'terminationWaitTime' | 'autoPromotionSeconds'>(
  given: StrategyConfigInput,
  field: F,
  secondsMin: number,
  secondsMax: number,
  problems: StrategyProblem[],
): { readonly [K in F]?: number } {
  const seconds: number | null | undefined = given[field];
  if (seconds === null || seconds === undefined) return {};
  if (!Number.isInteger(seconds) || seconds < secondsMin || seconds > secondsMax)
    problems.push({ field, problem: `is seconds, a whole number from ${secondsMin} to ${secondsMax}` });
  return { [field]: seconds } as { readonly [K in F]?: number };
}

const isGiven = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;

function isZero(value: IntOrPercent): boolean {
  const parsed = parseIntOrPercent(value);
  return ('replicas' in parsed && parsed.replicas === 0) || ('percent' in parsed && parsed.percent === 0);
}
