import type { BlueGreenConfig, CanaryConfig, DeploymentStrategy } from '../strategy/deployment-strategy.js';
import { ROLLING_DEFAULTS } from '../strategy/deployment-strategy.js';
import { fencepost, type Fencepost } from '../strategy/fencepost.js';
import { analysisOfTriple, RETENTION_SECONDS } from '../strategy/parse-strategy.js';
import type { CanaryStep } from '../strategy/canary-steps.js';
import { rollingPlan, type RollingStart } from './rolling-plan.js';
import { isWaiting, type RolloutStep } from './rollout-plan.js';

/** Where a rollout starts from. */
export type RolloutStart = RollingStart & {
  /** Ready replicas of the previous revision; 0: nothing serves that could be compared with or gone back to. */
  readonly previousReady: number;
  /** Replicas of revisions that are neither target nor previous: an older rollout was overtaken. */
  readonly others: number;
  /** Ready replicas of the target. */
  readonly targetReady: number;
  /** A rollback goes straight to its target: it has served before. */
  readonly isRollback: boolean;
};

export type CompiledPlan = Fencepost & { readonly sideBySide: boolean; readonly plan: readonly RolloutStep[] };

/**
 * What a strategy comes to for this many replicas. A first revision, or one whose predecessor serves nobody, skips every
 * wait: there is nothing to compare it with, and nothing to lose.
 */
export function compilePlan(strategy: DeploymentStrategy | null, start: RolloutStart): CompiledPlan {
  const { desired } = start;
  if (strategy === null || strategy.type === 'ROLLING' || start.previousReady === 0 || desired === 0) {
    const limits = fencepost(strategy?.type === 'ROLLING' ? strategy.config : ROLLING_DEFAULTS, desired);
    if (!start.isRollback || desired === 0 || start.targetReady < desired) return { ...limits, sideBySide: false, plan: rollingPlan(start, limits) };
    return { ...limits, sideBySide: false, plan: [{ type: 'setWeight', weightPercent: 100 }, ...rollingPlan({ ...start, weightPercent: 100 }, limits)] };
  }
  const waits = start.isRollback ? [] : waitsOf(strategy, desired);
  const switching = launched(desired, [{ type: 'setWeight', weightPercent: 100 }]);
  const after = strategy.type === 'BLUE_GREEN' && !start.isRollback ? afterSwitch(strategy.config) : [];
  const retention = retentionMs(strategy, start.isRollback);
  const plan: RolloutStep[] = [...(start.isRollback ? [] : cleared(start)), ...waits, ...switching, ...after, { type: 'promote' }];
  if (retention > 0) plan.push({ type: 'hold', durationMs: retention });
  plan.push({ type: 'drain', remaining: 0 });
  return { surge: desired, unavailable: 0, sideBySide: true, plan };
}

/** The plan for another number of replicas: the same steps, so that the one under way stays the one under way. */
export function rescalePlan(plan: readonly RolloutStep[], from: number, to: number): readonly RolloutStep[] {
  const scaled = (count: number): number => (count >= from ? to : Math.min(to, Math.max(1, Math.ceil((count * to) / from))));
  return plan.map((step) => (step.type === 'launch' || step.type === 'awaitReady' || step.type === 'restore' ? { ...step, count: scaled(step.count) } : step));
}

/** A wait before the promotion is left: there is something to pass by. */
export const hasWaits = (rest: readonly RolloutStep[]): boolean =>
  rest.slice(0, Math.max(0, rest.findIndex((step) => step.type === 'promote'))).some(isWaiting);

/** What is left of a plan without its waits and its smaller shares: straight to the promotion. */
export function fastForward(rest: readonly RolloutStep[]): readonly RolloutStep[] {
  const promote = rest.findIndex((step) => step.type === 'promote');
  const largest = Math.max(0, ...rest.map((step) => (step.type === 'launch' ? step.count : 0)));
  return rest.filter((step, index) => {
    if (index > promote) return true;
    switch (step.type) {
      case 'hold':
      case 'analyse':
      case 'setMirror':
        return false;
      case 'setWeight':
        return step.weightPercent === 100 || step.weightPercent === 0;
      case 'launch':
      case 'awaitReady':
        return step.count === largest;
      case 'restore':
      case 'retire':
      case 'drain':
      case 'promote':
        return true;
    }
  });
}

/** An overtaken rollout's replicas go first, once the previous revision can take what they served. */
function cleared({ desired, others }: RolloutStart): readonly RolloutStep[] {
  return others === 0 ? [] : [{ type: 'restore', count: desired }, { type: 'setWeight', weightPercent: 0 }, { type: 'retire' }];
}

function waitsOf(strategy: Exclude<DeploymentStrategy, { type: 'ROLLING' }>, desired: number): readonly RolloutStep[] {
  return strategy.type === 'BLUE_GREEN' ? green(strategy.config, desired) : canarySteps(strategy.config).flatMap(compiled(desired));
}

function green({ autoPromotionEnabled, autoPromotionSeconds = 0 }: BlueGreenConfig, desired: number): readonly RolloutStep[] {
  const ready = launched(desired, []);
  if (!autoPromotionEnabled) return [...ready, { type: 'hold', durationMs: null }];
  return autoPromotionSeconds === 0 ? ready : [...ready, { type: 'hold', durationMs: autoPromotionSeconds * 1000 }];
}

function afterSwitch({ analysis }: BlueGreenConfig): readonly RolloutStep[] {
  return analysis === undefined ? [] : [{ type: 'analyse', policy: analysis }];
}

/** The steps of a canary: its own list, or those that the triple stands for. */
function canarySteps(config: CanaryConfig): readonly CanaryStep[] {
  if (config.steps !== undefined) return config.steps;
  return [
    { type: 'setWeight', weightPercent: config.canaryPercentage ?? 0 },
    { type: 'analysis', policy: analysisOfTriple(config) },
  ];
}

/** Argo Rollouts' traffic-routed canary: ⌈weight · n / 100⌉ replicas unless said otherwise; stable stays at n. */
function compiled(desired: number): (step: CanaryStep, index: number, steps: readonly CanaryStep[]) => readonly RolloutStep[] {
  return (step, index, steps) => {
    switch (step.type) {
      case 'setWeight': {
        const scale = steps.slice(0, index).findLast((earlier) => earlier.type === 'setCanaryScale');
        const byWeight = Math.ceil((step.weightPercent * desired) / 100);
        const count = scale?.type === 'setCanaryScale' ? Math.max(scale.replicas, step.weightPercent > 0 ? 1 : 0) : byWeight;
        return launched(Math.min(count, desired), [{ type: 'setWeight', weightPercent: step.weightPercent }]);
      }
      case 'setCanaryScale':
        return launched(Math.min(step.replicas, desired), []);
      case 'setMirror':
        return [...(hasCanary(steps.slice(0, index)) ? [] : launched(1, [])), { type: 'setMirror', percent: step.percent }];
      case 'pause':
        return [{ type: 'hold', durationMs: step.durationMs }];
      case 'analysis':
        return [{ type: 'analyse', policy: step.policy }];
    }
  };
}

const hasCanary = (steps: readonly CanaryStep[]): boolean =>
  steps.some((step) => step.type === 'setCanaryScale' || step.type === 'setMirror' || (step.type === 'setWeight' && step.weightPercent > 0));

function launched(count: number, then: readonly RolloutStep[]): readonly RolloutStep[] {
  return count === 0 ? then : [{ type: 'launch', count }, { type: 'awaitReady', count }, ...then];
}

function retentionMs(strategy: DeploymentStrategy, isRollback: boolean): number {
  if (isRollback || strategy.type === 'ROLLING') return 0;
  const { terminationWaitTimeSeconds = RETENTION_SECONDS } = strategy.config;
  return terminationWaitTimeSeconds * 1000;
}
