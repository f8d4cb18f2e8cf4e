import type { RolloutEvent } from '../rollout/rollout-events.js';
import { rollout } from '../rollout/rollout.js';
import type { RolloutState } from '../rollout/rollout-state.js';
import { typesOf, type PureProjection } from './pure-projection.js';

export type RolloutRow = {
  readonly rolloutId: string;
  readonly deploymentId: string;
  readonly targetRevisionId: string;
  readonly previousRevisionId: string | null;
  readonly state: Exclude<RolloutState, { phase: 'absent' }>;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
};

export type RolloutColumns = { readonly deploymentId: string; readonly startedAtMs: number; readonly isWalking: boolean };

export const rolloutRows: PureProjection<RolloutRow, RolloutEvent, RolloutColumns> = {
  name: 'rollouts',
  version: 3,
  types: typesOf<RolloutEvent>({
    RolloutStarted: true,
    RolloutStepCompleted: true,
    RolloutStepSkipped: true,
    RolloutFastForwarded: true,
    RolloutRescaled: true,
    RolloutMeasured: true,
    RolloutPaused: true,
    RolloutResumed: true,
    RolloutAbortRequested: true,
    RolloutPromoted: true,
    RolloutAborted: true,
    RolloutCompleted: true,
    RolloutRolledBack: true,
    RolloutFailed: true,
    RolloutSuperseded: true,
  }),
  keys: (_event, streamKey) => [streamKey],

  apply(row, event, rolloutId) {
    const state = rollout.evolve(row?.state ?? rollout.initialState, event);
    if (state.phase === 'absent') throw new Error(`rollout ${rolloutId} begins with ${event.type}`);
    if (event.type === 'RolloutStarted') {
      const { deploymentId, targetRevisionId, previousRevisionId, atMs: startedAtMs } = event;
      return { rolloutId, deploymentId, targetRevisionId, previousRevisionId, state, startedAtMs, endedAtMs: null };
    }
    if (row === null) throw new Error(`rollout ${rolloutId} begins with ${event.type}`);
    return { ...row, state, endedAtMs: state.phase === 'walking' ? null : event.atMs };
  },

  columns: ({ deploymentId, startedAtMs, state }) => ({ deploymentId, startedAtMs, isWalking: state.phase === 'walking' }),
};
