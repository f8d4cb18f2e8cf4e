import fc from 'fast-check';
import { ANALYSIS_DEFAULTS } from '../analysis/analysis-policy.js';
import type { CanaryStep } from '../strategy/canary-steps.js';
import type { DeploymentStrategy, IntOrPercent } from '../strategy/deployment-strategy.js';

/** What may happen next to a simulated world. */
export type Action =
  | { readonly type: 'deliver' }
  | { readonly type: 'perform'; readonly keep: boolean }
  | { readonly type: 'engine'; readonly index: number; readonly outcome: 'well' | 'exit' | 'unready' }
  | { readonly type: 'timer' }
  | { readonly type: 'activate'; readonly revision: number; readonly isRollback?: boolean }
  | { readonly type: 'intervene'; readonly what: 'pause' | 'resume' | 'promote' | 'promoteFull' | 'skip' | 'abort' }
  | { readonly type: 'measure'; readonly isGood: boolean; readonly isLate: boolean }
  | { readonly type: 'scale'; readonly count: number };

const index = fc.nat(50);
export const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 30, arbitrary: fc.constant<Action>({ type: 'deliver' }) },
  { weight: 30, arbitrary: fc.record({ type: fc.constant('perform' as const), keep: fc.boolean() }) },
  {
    weight: 30,
    arbitrary: fc.record({
      type: fc.constant('engine' as const),
      index,
      outcome: fc.oneof({ weight: 6, arbitrary: fc.constant('well' as const) }, fc.constantFrom('exit' as const, 'unready' as const)),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Action>({ type: 'timer' }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('activate' as const), revision: fc.nat(3), isRollback: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('intervene' as const), what: fc.constantFrom('pause', 'resume', 'promote', 'promoteFull', 'skip', 'abort') }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('measure' as const), isGood: fc.boolean(), isLate: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('scale' as const), count: fc.nat(5) }) },
);

const intOrPercent: fc.Arbitrary<IntOrPercent> = fc.oneof(fc.nat(3), fc.nat(100).map((percent) => `${percent}%`));
const rollingConfig = fc
  .record({ maxSurge: intOrPercent, maxUnavailable: intOrPercent })
  .filter(({ maxSurge, maxUnavailable }) => ![0, '0%'].includes(maxSurge) || ![0, '0%'].includes(maxUnavailable));

export const policy = { durationMs: 60_000, intervalMs: 1_000, successThresholdPercent: 95, ...ANALYSIS_DEFAULTS };
const canaryStep: fc.Arbitrary<CanaryStep> = fc.oneof(
  fc.nat(100).map((weightPercent) => ({ type: 'setWeight' as const, weightPercent })),
  fc.constantFrom<CanaryStep>({ type: 'pause', durationMs: null }, { type: 'pause', durationMs: 5_000 }, { type: 'analysis', policy }),
  fc.integer({ min: 1, max: 6 }).map((replicas) => ({ type: 'setCanaryScale' as const, replicas })),
  fc.nat(100).map((percent) => ({ type: 'setMirror' as const, percent })),
);
export const strategy: fc.Arbitrary<DeploymentStrategy> = fc.oneof(
  rollingConfig.map((config) => ({ type: 'ROLLING' as const, config })),
  fc.record({ autoPromotionEnabled: fc.boolean(), terminationWaitTimeSeconds: fc.nat(3), autoPromotionSeconds: fc.nat(2), analysis: fc.constant(policy) }, { requiredKeys: ['autoPromotionEnabled', 'terminationWaitTimeSeconds'] })
    .map((config) => ({ type: 'BLUE_GREEN' as const, config })),
  fc.record({ steps: fc.array(canaryStep, { minLength: 1, maxLength: 6 }), terminationWaitTimeSeconds: fc.nat(3) }).map((given) => ({
    type: 'CANARY' as const,
    config: { canaryPercentage: null, canaryDuration: null, successThresholdPercent: null, ...given },
  })),
  fc.integer({ min: 1, max: 99 }).map((canaryPercentage) => ({ type: 'CANARY' as const, config: { canaryPercentage, canaryDuration: '1m', successThresholdPercent: 95 } })),
);
