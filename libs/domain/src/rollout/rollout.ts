import { judge } from '../analysis/judge.js';
import { accept, impossible, reject, type Decider } from '../decider.js';
import { rescalePlan } from './compile-plan.js';
import { intervene } from './intervene.js';
import { pass, type Outcome } from './pass-step.js';
import type { RolloutCommand, RolloutEvent, RolloutRejection } from './rollout-events.js';
import { belonging, measured, noted, started, stepped, sum, turnedBack, type RolloutState, type Walk } from './rollout-state.js';

/** A rollout without progress for this long is rolled back (Kubernetes' progressDeadlineSeconds). */
export const PROGRESS_DEADLINE_MS = 600_000;

export const rollout: Decider<RolloutState, RolloutCommand, RolloutEvent, RolloutRejection> = {
  initialState: { phase: 'absent' },

  decide(command, state) {
    if (command.type === 'StartRollout') return state.phase === 'absent' ? accept({ ...command, type: 'RolloutStarted' }) : accept();
    if (state.phase === 'absent') return reject({ type: 'NoSuchRollout' });
    switch (command.type) {
      case 'CompleteStep':
      case 'RescaleRollout':
      case 'RecordMeasurement':
      case 'AbortRollout':
      case 'SupersedeRollout':
        return state.phase === 'walking' ? walk(command, state) : accept(); // ended: nothing more can happen to it
      case 'PauseRollout':
      case 'ResumeRollout':
      case 'PromoteRollout':
      case 'SkipStep':
      case 'RequestAbort':
        return state.phase === 'walking' ? intervene(command, state) : reject({ type: 'RolloutHasEnded', phase: state.phase });
    }
  },

  evolve(state, event) {
    if (event.type === 'RolloutStarted') return state.phase === 'absent' ? started(event) : impossible(state, event);
    if (state.phase !== 'walking') return impossible(state, event);
    switch (event.type) {
      case 'RolloutStepCompleted':
        return stepped(state, event.step + 1, event.atMs);
      case 'RolloutStepSkipped': {
        const skippedSteps = [...state.skippedSteps, event.step];
        return stepped({ ...noted(state, event.how, event), skippedSteps }, event.step + 1, event.atMs);
      }
      case 'RolloutFastForwarded':
        return stepped({ ...noted(state, 'promoteFull', event), plan: event.plan }, state.step, event.atMs);
      case 'RolloutRescaled':
        return { ...state, desired: event.desired, plan: event.plan };
      case 'RolloutMeasured':
        return measured(state, event);
      case 'RolloutPaused':
        return { ...noted(state, 'pause', event), paused: true };
      case 'RolloutResumed':
        return { ...noted(state, 'resume', event), paused: false };
      case 'RolloutAbortRequested':
        return { ...noted(state, 'abort', event), abortRequested: true };
      case 'RolloutPromoted':
        return { ...state, promotedAtMs: event.atMs };
      case 'RolloutAborted':
        return turnedBack(state, event);
      case 'RolloutCompleted':
        return { ...state, phase: 'completed' };
      case 'RolloutRolledBack':
        return { ...state, phase: 'rolledBack' };
      case 'RolloutFailed':
        return { ...state, phase: 'failed', reason: event.reason };
      case 'RolloutSuperseded':
        return { ...state, phase: 'superseded' };
    }
  },
};

type WalkCommand = Extract<RolloutCommand, { readonly type: 'CompleteStep' | 'RescaleRollout' | 'RecordMeasurement' | 'AbortRollout' | 'SupersedeRollout' }>;
type CommandOf<T extends RolloutCommand['type']> = Extract<RolloutCommand, { type: T }>;

function walk(command: WalkCommand, state: Walk): Outcome {
  const of = belonging(state, command.atMs);
  switch (command.type) {
    case 'CompleteStep':
      return completeStep(command, state);
    case 'RecordMeasurement':
      return measure(command, state);
    case 'RescaleRollout': {
      const { desired } = command;
      if (desired === state.desired || state.direction === 'back' || !state.sideBySide) return accept();
      return accept({ type: 'RolloutRescaled', ...of, desired, surge: desired, unavailable: 0, plan: rescalePlan(state.plan, state.desired, desired) });
    }
    case 'AbortRollout': {
      const { reason, plan } = command;
      if (state.promotedAtMs !== null) return accept(); // it arrived before it was given up
      const failed: RolloutEvent = { type: 'RolloutFailed', ...of, reason };
      if (state.direction === 'back') return plan.length > 0 ? accept() : accept(failed);
      const aborted: RolloutEvent = { type: 'RolloutAborted', ...of, reason, plan };
      return plan.length > 0 ? accept(aborted) : accept<RolloutEvent>(aborted, failed);
    }
    case 'SupersedeRollout':
      return accept({ type: 'RolloutSuperseded', ...of, byActivationId: command.byActivationId });
  }
}

function completeStep({ direction, step, atMs }: CommandOf<'CompleteStep'>, state: Walk): Outcome {
  if (direction !== state.direction || step < state.step) return accept(); // news from before an abort, or said twice
  if (step > state.step) return reject({ type: 'StepOutOfOrder', expectedStep: state.step });
  if (state.paused) return accept(); // asked for again when it is resumed
  if (direction === 'forward' && state.abortRequested) return accept(); // whoever asked was told that it turns back
  const under = state.plan[step];
  if (under?.type === 'analyse' && state.analysis?.judgement.next !== 'continue') return reject({ type: 'StepNotDone', step });
  return pass({ type: 'RolloutStepCompleted', ...belonging(state, atMs), direction, step }, state);
}

function measure({ step, measurement, atMs }: CommandOf<'RecordMeasurement'>, state: Walk): Outcome {
  const under = state.plan[step];
  if (state.direction === 'back' || step !== state.step || under?.type !== 'analyse') return accept(); // it has moved on
  const sinceMs = state.analysis?.measuredToMs ?? state.stepStartedAtMs;
  if (measurement.fromMs < sinceMs || measurement.toMs <= measurement.fromMs) return accept(); // counted already, or a window of no time
  const total = sum(state, measurement);
  const judgement = judge(under.policy, total, measurement.toMs - state.stepStartedAtMs);
  return accept({ type: 'RolloutMeasured', ...belonging(state, atMs), step, measurement, judgement });
}
