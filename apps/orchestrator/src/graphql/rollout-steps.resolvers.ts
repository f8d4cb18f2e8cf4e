import type { AnalysisPolicy, RolloutStep, Walk } from '@slipway/domain';
import type { Resolvers } from '@slipway/service';
import type { ActivationPlan } from '../rollouts/activation-plan.js';

type StepView = { readonly step: RolloutStep; readonly state: string };

/** The steps of the way it walks. */
export const steps = (state: Walk): readonly StepView[] => state.plan.map((step, index) => ({ step, state: stepState(state, index) }));

/** The steps of the way forward: as they are, or as they were when it turned back. */
export function forwardSteps(state: Walk): readonly StepView[] {
  const { turnedBackFrom: turned, skippedSteps } = state;
  return turned === null ? steps(state) : turned.plan.map((step, index) => ({ step, state: passedState(skippedSteps, turned.step, index) }));
}

function stepState({ phase, step, skippedSteps, direction }: Walk, index: number): string {
  if (index === step && phase === 'walking') return 'RUNNING';
  return passedState(direction === 'forward' ? skippedSteps : [], step, index);
}

function passedState(skippedSteps: readonly number[], step: number, index: number): string {
  if (index >= step) return 'PENDING';
  return skippedSteps.includes(index) ? 'SKIPPED' : 'DONE';
}

/** Steps as the graph shows them, of a rollout or of a plan that nobody walks yet. */
export const stepResolvers: Resolvers = {
  ActivationPlan: { steps: ({ steps }: ActivationPlan): StepView[] => steps.map((step) => ({ step, state: 'PENDING' })) },

  RolloutStep: {
    type: ({ step }: StepView) => step.type,
    count: ({ step }: StepView) => ('count' in step ? step.count : null),
    weightPercent: ({ step }: StepView) => ('weightPercent' in step ? step.weightPercent : null),
    mirrorPercent: ({ step }: StepView) => (step.type === 'setMirror' ? step.percent : null),
    remaining: ({ step }: StepView) => ('remaining' in step ? step.remaining : null),
    durationSeconds: ({ step }: StepView) => (step.type === 'hold' ? seconds(step.durationMs) : step.type === 'analyse' ? seconds(step.policy.durationMs) : null),
    analysis: ({ step }: StepView) => (step.type === 'analyse' ? step.policy : null),
  },

  AnalysisPolicy: {
    durationSeconds: ({ durationMs }: AnalysisPolicy) => seconds(durationMs),
    intervalSeconds: ({ intervalMs }: AnalysisPolicy) => seconds(intervalMs),
    successThreshold: ({ successThresholdPercent }: AnalysisPolicy) => successThresholdPercent,
    onNoTraffic: ({ onNoTraffic }: AnalysisPolicy) => onNoTraffic.toUpperCase(),
  },
};

const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);
