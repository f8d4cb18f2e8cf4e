import type { AnalysisInput } from '../analysis/parse-analysis.js';
import type { AnalysisPolicy } from '../analysis/analysis-policy.js';
import type { CanaryStep, CanaryStepInput } from './canary-steps.js';

/** A count of replicas, or a percentage of the desired count written as `"25%"`. */
export type IntOrPercent = number | string;

/** A step of a rollout that makes no progress for so long turns it back; absent: PROGRESS_DEADLINE_MS. */
type Deadline = { readonly progressDeadlineSeconds?: number };

export type RollingConfig = Deadline & { readonly maxSurge: IntOrPercent; readonly maxUnavailable: IntOrPercent };

export type BlueGreenConfig = Deadline & {
  readonly autoPromotionEnabled: boolean;
  /** How long the old revision stays warm after the switch. */
  readonly terminationWaitTimeSeconds: number;
  /** How long green is ready before it is promoted by itself; absent: 0. */
  readonly autoPromotionSeconds?: number;
  /** Judges green once it has all the traffic; a failure switches back. */
  readonly analysis?: AnalysisPolicy;
};

/** The triple of S1.89, or an explicit list of steps: the one that is not given is null. */
export type CanaryConfig = Deadline & {
  readonly canaryPercentage: number | null;
  readonly canaryDuration: string | null;
  readonly successThresholdPercent: number | null;
  /** How the triple's analysis differs from the defaults. */
  readonly analysis?: AnalysisPolicy;
  readonly steps?: readonly CanaryStep[];
  /** How long the old revision stays warm after the promotion; absent: RETENTION_SECONDS. */
  readonly terminationWaitTimeSeconds?: number;
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
  readonly steps?: readonly CanaryStepInput[] | null | undefined;
  readonly analysis?: AnalysisInput | null | undefined;
  readonly autoPromotionEnabled?: boolean | null | undefined;
  readonly autoPromotionSeconds?: number | null | undefined;
  readonly terminationWaitTime?: number | null | undefined;
  readonly progressDeadlineSeconds?: number | null | undefined;
};

/** Kubernetes' defaults for a rolling update. */
export const ROLLING_DEFAULTS: RollingConfig = { maxSurge: '25%', maxUnavailable: '25%' };

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
