/** A count of replicas, or a percentage of the desired count written as `"25%"`. */
export type IntOrPercent = number | string;

export type RollingConfig = { readonly maxSurge: IntOrPercent; readonly maxUnavailable: IntOrPercent };
export type BlueGreenConfig = { readonly autoPromotionEnabled: boolean; readonly terminationWaitTimeSeconds: number };
export type CanaryConfig = {
  readonly canaryPercentage: number;
  readonly canaryDuration: string;
  readonly successThresholdPercent: number;
};

export type DeploymentStrategy =
  | { readonly type: 'ROLLING'; readonly config: RollingConfig }
  | { readonly type: 'BLUE_GREEN'; readonly config: BlueGreenConfig }
  | { readonly type: 'CANARY'; readonly config: CanaryConfig };

export type StrategyType = DeploymentStrategy['type'];

/** The polymorphic input of X9: every field of every strategy, all optional, as a client may send it. */
export type StrategyConfigInput = {
  readonly maxSurge?: IntOrPercent | null | undefined;
  readonly maxUnavailable?: IntOrPercent | null | undefined;
  readonly canaryPercentage?: number | null | undefined;
  readonly canaryDuration?: string | null | undefined;
  readonly successThreshold?: number | null | undefined;
  readonly autoPromotionEnabled?: boolean | null | undefined;
  readonly terminationWaitTime?: number | null | undefined;
};

export type StrategyProblem = { readonly field: string; readonly problem: string };

/** Kubernetes' defaults for a rolling update. */
export const ROLLING_DEFAULTS: RollingConfig = { maxSurge: '25%', maxUnavailable: '25%' };
const TERMINATION_WAIT_SECONDS_MAX = 7 * 24 * 3600;

const FIELDS_BY_TYPE: Readonly<Record<StrategyType, readonly (keyof StrategyConfigInput)[]>> = {
  ROLLING: ['maxSurge', 'maxUnavailable'],
  BLUE_GREEN: ['autoPromotionEnabled', 'terminationWaitTime'],
  CANARY: ['canaryPercentage', 'canaryDuration', 'successThreshold'],
};

/** Reads a strategy as X9 says: fields that do not belong to the type, or a missing required one, are named and refused. */
export function parseStrategy(
  type: StrategyType,
  input: StrategyConfigInput | null | undefined,
): { readonly strategy: DeploymentStrategy } | { readonly problems: readonly StrategyProblem[] } {
  const given = input ?? {};
  const problems = foreignFields(type, given);
  switch (type) {
    case 'ROLLING':
      return rolling(given, problems);
    case 'BLUE_GREEN':
      return blueGreen(given, problems);
    case 'CANARY':
      return canary(given, problems);
  }
}

function foreignFields(type: StrategyType, given: StrategyConfigInput): StrategyProblem[] {
  return (Object.keys(given) as (keyof StrategyConfigInput)[])
    .filter((field) => given[field] !== undefined && given[field] !== null && !FIELDS_BY_TYPE[type].includes(field))
    .map((field) => ({ field, problem: `does not belong to ${type}, which takes ${FIELDS_BY_TYPE[type].join(', ')}` }));
}

function rolling(given: StrategyConfigInput, problems: StrategyProblem[]) {
  const config = {
    maxSurge: given.maxSurge ?? ROLLING_DEFAULTS.maxSurge,
    maxUnavailable: given.maxUnavailable ?? ROLLING_DEFAULTS.maxUnavailable,
  };
  for (const field of ['maxSurge', 'maxUnavailable'] as const) {
    const parsed = parseIntOrPercent(config[field]);
    if ('problem' in parsed) problems.push({ field, problem: parsed.problem });
  }
  if (problems.length === 0 && isZero(config.maxSurge) && isZero(config.maxUnavailable))
    problems.push({ field: 'maxSurge', problem: 'and maxUnavailable are both 0: no replica could ever be replaced; raise one of them' });
  return problems.length > 0 ? { problems } : { strategy: { type: 'ROLLING' as const, config } };
}

function blueGreen(given: StrategyConfigInput, problems: StrategyProblem[]) {
  const wait = given.terminationWaitTime ?? 0;
  if (given.autoPromotionEnabled === undefined || given.autoPromotionEnabled === null)
    problems.push({ field: 'autoPromotionEnabled', problem: 'is required for BLUE_GREEN' });
  if (!Number.isInteger(wait) || wait < 0 || wait > TERMINATION_WAIT_SECONDS_MAX)
    problems.push({ field: 'terminationWaitTime', problem: `is seconds, a whole number from 0 to ${TERMINATION_WAIT_SECONDS_MAX}` });
  const config = { autoPromotionEnabled: given.autoPromotionEnabled ?? true, terminationWaitTimeSeconds: wait };
  return problems.length > 0 ? { problems } : { strategy: { type: 'BLUE_GREEN' as const, config } };
}

function canary(given: StrategyConfigInput, problems: StrategyProblem[]) {
  const percentage = given.canaryPercentage;
  const threshold = given.successThreshold;
  if (percentage === undefined || percentage === null) problems.push({ field: 'canaryPercentage', problem: 'is required for CANARY' });
  else if (!Number.isInteger(percentage) || percentage < 1 || percentage > 99)
    problems.push({ field: 'canaryPercentage', problem: 'is a whole percentage from 1 to 99' });
  if (given.canaryDuration === undefined || given.canaryDuration === null)
    problems.push({ field: 'canaryDuration', problem: 'is required for CANARY, for example "30m"' });
  else if (!/^(0|[1-9]\d{0,5})(s|m|h)$/.test(given.canaryDuration))
    problems.push({ field: 'canaryDuration', problem: 'is a number with s, m or h, for example "30m"' });
  if (threshold === undefined || threshold === null) problems.push({ field: 'successThreshold', problem: 'is required for CANARY' });
  else if (!(threshold >= 0 && threshold <= 100)) problems.push({ field: 'successThreshold', problem: 'is a percentage from 0 to 100' });
  const config = {
    canaryPercentage: percentage ?? 0,
    canaryDuration: given.canaryDuration ?? '',
    successThresholdPercent: threshold ?? 0,
  };
  return problems.length > 0 ? { problems } : { strategy: { type: 'CANARY' as const, config } };
}

const PERCENT = /^(\d{1,3})%$/;
const REPLICAS_MAX = 1000;

/** `3` → 3 replicas; `"25%"` → a share of the desired count; anything else names what is wrong. */
export function parseIntOrPercent(
  value: IntOrPercent,
): { readonly replicas: number } | { readonly percent: number } | { readonly problem: string } {
  const problem = `is a whole number from 0 to ${REPLICAS_MAX} or a percentage such as "25%"`;
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= 0 && value <= REPLICAS_MAX ? { replicas: value } : { problem };
  const percent = Number(PERCENT.exec(value)?.[1] ?? Number.NaN);
  return percent >= 0 && percent <= 100 ? { percent } : { problem };
}

function isZero(value: IntOrPercent): boolean {
  const parsed = parseIntOrPercent(value);
  return ('replicas' in parsed && parsed.replicas === 0) || ('percent' in parsed && parsed.percent === 0);
}
