import { accept, impossible, reject, type Decider } from '../decider.js';
import type { RolloutStep } from './rollout-plan.js';

/** A rollout without progress for this long is rolled back (Kubernetes' progressDeadlineSeconds). */
export const PROGRESS_DEADLINE_MS = 600_000;

export type RolloutCommand =
  | {
      readonly type: 'StartRollout';
      readonly rolloutId: string;
      readonly deploymentId: string;
      readonly activationId: string;
      readonly targetRevisionId: string;
      readonly previousRevisionId: string | null;
      readonly desired: number;
      readonly surge: number;
      readonly unavailable: number;
      readonly plan: readonly RolloutStep[];
      readonly atMs: number;
    }
  | { readonly type: 'CompleteStep'; readonly direction: RolloutDirection; readonly step: number; readonly atMs: number }
  /** Give up and walk `plan` back to the previous revision; an empty plan means there is nothing to go back to. */
  | { readonly type: 'AbortRollout'; readonly reason: string; readonly plan: readonly RolloutStep[]; readonly atMs: number }
  /** A newer activation takes over the replicas as they stand. */
  | { readonly type: 'SupersedeRollout'; readonly byActivationId: string; readonly atMs: number };

export type RolloutDirection = 'forward' | 'back';

/** Every fact names its deployment and the activation it serves. */
type Belonging = { readonly deploymentId: string; readonly activationId: string; readonly atMs: number };

export type RolloutEvent = Belonging &
  (
    | {
        readonly type: 'RolloutStarted';
        readonly rolloutId: string;
        readonly targetRevisionId: string;
        readonly previousRevisionId: string | null;
        readonly desired: number;
        readonly surge: number;
        readonly unavailable: number;
        readonly plan: readonly RolloutStep[];
      }
    | { readonly type: 'RolloutStepCompleted'; readonly direction: RolloutDirection; readonly step: number }
    | { readonly type: 'RolloutAborted'; readonly reason: string; readonly plan: readonly RolloutStep[] }
    | { readonly type: 'RolloutCompleted' }
    | { readonly type: 'RolloutRolledBack'; readonly reason: string }
    | { readonly type: 'RolloutFailed'; readonly reason: string }
    | { readonly type: 'RolloutSuperseded'; readonly byActivationId: string }
  );

export type RolloutRejection =
  | { readonly type: 'NoSuchRollout' }
  | { readonly type: 'StepOutOfOrder'; readonly expectedStep: number };

type Walk = {
  readonly phase: 'walking' | 'completed' | 'rolledBack' | 'failed' | 'superseded';
  readonly deploymentId: string;
  readonly activationId: string;
  readonly direction: RolloutDirection;
  readonly plan: readonly RolloutStep[];
  /** Index of the step under way. */
  readonly step: number;
  readonly reason: string | null;
};
export type RolloutState = { readonly phase: 'absent' } | Walk;

export const rollout: Decider<RolloutState, RolloutCommand, RolloutEvent, RolloutRejection> = {
  initialState: { phase: 'absent' },

  decide(command, state) {
    if (command.type === 'StartRollout') return state.phase === 'absent' ? accept({ ...command, type: 'RolloutStarted' }) : accept();
    if (state.phase === 'absent') return reject({ type: 'NoSuchRollout' });
    if (state.phase !== 'walking') return accept(); // ended: nothing more can happen to it
    const of = { deploymentId: state.deploymentId, activationId: state.activationId, atMs: command.atMs };
    switch (command.type) {
      case 'CompleteStep': {
        const { direction, step } = command;
        if (direction !== state.direction || step < state.step) return accept(); // news from before an abort, or said twice
        if (step > state.step) return reject({ type: 'StepOutOfOrder', expectedStep: state.step });
        const completed: RolloutEvent = { type: 'RolloutStepCompleted', ...of, direction, step };
        return step + 1 < state.plan.length ? accept(completed) : accept(completed, ending(state, of));
      }
      case 'AbortRollout': {
        const { reason, plan } = command;
        const failed: RolloutEvent = { type: 'RolloutFailed', ...of, reason };
        if (state.direction === 'back') return plan.length > 0 ? accept() : accept(failed);
        const aborted: RolloutEvent = { type: 'RolloutAborted', ...of, reason, plan };
        return plan.length > 0 ? accept(aborted) : accept<RolloutEvent>(aborted, failed);
      }
      case 'SupersedeRollout':
        return accept({ type: 'RolloutSuperseded', ...of, byActivationId: command.byActivationId });
    }
  },

  evolve(state, event) {
    if (event.type === 'RolloutStarted') {
      if (state.phase !== 'absent') return impossible(state, event);
      const { deploymentId, activationId, plan } = event;
      return { phase: 'walking', deploymentId, activationId, direction: 'forward', plan, step: 0, reason: null };
    }
    if (state.phase !== 'walking') return impossible(state, event);
    switch (event.type) {
      case 'RolloutStepCompleted':
        return { ...state, step: event.step + 1 };
      case 'RolloutAborted':
        return { ...state, direction: 'back', plan: event.plan, step: 0, reason: event.reason };
      case 'RolloutCompleted':
        return { ...state, phase: 'completed' };
      case 'RolloutRolledBack':
        return { ...state, phase: 'rolledBack' };
      case 'RolloutFailed':
        return { ...state, phase: 'failed' };
      case 'RolloutSuperseded':
        return { ...state, phase: 'superseded' };
    }
  },
};

function ending(state: Walk, of: Belonging): RolloutEvent {
  return state.direction === 'forward'
    ? { type: 'RolloutCompleted', ...of }
    : { type: 'RolloutRolledBack', ...of, reason: state.reason ?? 'aborted' };
}
