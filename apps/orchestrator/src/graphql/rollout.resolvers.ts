import { invalidInput, SlipwayError } from '@slipway/contracts';
import type { ConditionJudgement, Intervention, RolloutRow, Walk } from '@slipway/domain';
import type { GraphQLContext, Resolvers } from '@slipway/service';
import { activationPlan } from '../rollouts/activation-plan.js';
import { askOfRollout, REASON_CHARACTERS_MAX, type RolloutWish } from '../rollouts/rollout-commands.js';
import type { RolloutPorts } from './resolver-ports.js';
import { forwardSteps, stepResolvers, steps } from './rollout-steps.resolvers.js';

/** How long a mutation waits for its own write to show. */
const READ_YOUR_WRITES_MS = 5_000;

type CommandInput = { readonly rolloutId: string; readonly reason?: string | null; readonly step?: number | null; readonly full?: boolean };
type Given = { readonly input: CommandInput };

export function rolloutResolvers({ writableLog, reads, waitFor, nowMs }: RolloutPorts): Resolvers {
  const asking = (wishOf: (input: CommandInput, reason: string | null) => RolloutWish) => async (_: unknown, { input }: Given, context: GraphQLContext) => {
    const reason = readReason(input.reason ?? null);
    const position = await askOfRollout(writableLog, input.rolloutId, wishOf(input, reason), context.request, nowMs());
    if (!(await waitFor(position, READ_YOUR_WRITES_MS))) throw new SlipwayError('NOT_CAUGHT_UP', { timeoutMs: READ_YOUR_WRITES_MS });
    const rollout = await reads.rollout(input.rolloutId);
    if (rollout === null) throw new SlipwayError('ROLLOUT_NOT_FOUND', { rolloutId: input.rolloutId });
    return { rollout };
  };

  return {
    Query: {
      rollout: (_: unknown, { id }: { id: string }) => reads.rollout(id),
      activationPlan: (_: unknown, { deploymentId, revisionId, isRollback }: { deploymentId: string; revisionId: string; isRollback: boolean }) =>
        activationPlan(writableLog, reads, deploymentId, revisionId, isRollback),
    },
    Mutation: {
      pauseRollout: asking((_, reason) => ({ type: 'PauseRollout', reason })),
      resumeRollout: asking((_, reason) => ({ type: 'ResumeRollout', reason })),
      abortRollout: asking((_, reason) => ({ type: 'RequestAbort', reason })),
      skipRolloutStep: asking(({ step }, reason) => ({ type: 'SkipStep', step: step ?? null, reason })),
      promoteRollout: asking(({ step, full }, reason) => ({ type: 'PromoteRollout', step: step ?? null, full: full ?? false, reason })),
    },

    Rollout: {
      id: ({ rolloutId }: RolloutRow) => rolloutId,
      status: ({ state }: RolloutRow) => statusOf(state),
      strategy: ({ state }: RolloutRow) => state.strategy,
      targetRevision: ({ targetRevisionId }: RolloutRow) => ({ id: targetRevisionId }),
      previousRevision: ({ previousRevisionId }: RolloutRow) => (previousRevisionId === null ? null : { id: previousRevisionId }),
      steps: ({ state }: RolloutRow) => steps(state),
      currentStep: ({ state }: RolloutRow) => state.step,
      forwardSteps: ({ state }: RolloutRow) => forwardSteps(state),
      turnedBackAtStep: ({ state }: RolloutRow) => state.turnedBackFrom?.step ?? null,
      stepStartedAt: ({ state }: RolloutRow) => new Date(state.stepStartedAtMs),
      promotedAt: ({ state }: RolloutRow) => (state.promotedAtMs === null ? null : new Date(state.promotedAtMs)),
      judgement: ({ state }: RolloutRow) => state.analysis,
      interventions: ({ state }: RolloutRow) => state.interventions,
      reason: ({ state }: RolloutRow) => state.reason,
      startedAt: ({ startedAtMs }: RolloutRow) => new Date(startedAtMs),
      endedAt: ({ endedAtMs }: RolloutRow) => (endedAtMs === null ? null : new Date(endedAtMs)),
    },

    ...stepResolvers,

    RolloutJudgement: {
      verdict: ({ judgement }: Analysis) => judgement.verdict,
      next: ({ judgement }: Analysis) => judgement.next.toUpperCase(),
      reason: ({ judgement }: Analysis) => judgement.reason,
      conditions: ({ judgement }: Analysis): readonly ConditionJudgement[] => judgement.conditions,
      canaryRequests: ({ canary }: Analysis) => canary.successes + canary.failures,
      stableRequests: ({ stable }: Analysis) => stable.successes + stable.failures,
      measuredTo: ({ measuredToMs }: Analysis) => new Date(measuredToMs),
    },

    RolloutIntervention: {
      action: ({ action }: Intervention) => ACTIONS[action],
      at: ({ atMs }: Intervention) => new Date(atMs),
    },
  };
}

type Analysis = NonNullable<Walk['analysis']>;

const ACTIONS = { pause: 'PAUSE', resume: 'RESUME', promote: 'PROMOTE', promoteFull: 'PROMOTE_FULL', skip: 'SKIP', abort: 'ABORT' } as const;
const ENDS = { completed: 'COMPLETED', rolledBack: 'ROLLED_BACK', failed: 'FAILED', superseded: 'SUPERSEDED' } as const;

function statusOf({ phase, direction, paused, abortRequested }: Walk): string {
  if (phase !== 'walking') return ENDS[phase];
  if (direction === 'back' || abortRequested) return 'ROLLING_BACK';
  return paused ? 'PAUSED' : 'RUNNING';
}

function readReason(reason: string | null): string | null {
  const text = reason?.trim() ?? '';
  if (text.length > REASON_CHARACTERS_MAX) throw invalidInput([{ field: 'reason', problem: `has ${text.length} characters; ${REASON_CHARACTERS_MAX} are allowed` }]);
  return text === '' ? null : text;
}
