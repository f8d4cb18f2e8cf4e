import type { Judgement } from '../analysis/judgement.js';
import { judge } from '../analysis/judge.js';
import { addSamples, EMPTY_SAMPLE, type TrafficSample } from '../analysis/measurement.js';
import { accept, impossible, reject, type Decider, type Decision } from '../decider.js';
import type { StrategyType } from '../strategy/deployment-strategy.js';
import { fastForward, hasWaits, rescalePlan } from './compile-plan.js';
import type { RolloutBelonging, RolloutCommand, RolloutDirection, RolloutEvent, RolloutRejection } from './rollout-events.js';
import { isWaiting, type RolloutStep } from './rollout-plan.js';

/** A rollout without progress for this long is rolled back (Kubernetes' progressDeadlineSeconds). */
export const PROGRESS_DEADLINE_MS = 600_000;
/** The newest interventions that are kept at hand; all are in the log. */
export const INTERVENTIONS_KEPT = 50;

export type Intervention = {
  readonly action: 'pause' | 'resume' | 'promote' | 'promoteFull' | 'skip' | 'abort';
  readonly actor: string;
  readonly reason: string | null;
  readonly atMs: number;
};

/** What the analysis under way has seen so far, and how it looks. */
export type AnalysisState = { readonly canary: TrafficSample; readonly stable: TrafficSample; readonly judgement: Judgement; readonly measuredToMs: number };

export type Walk = {
  readonly phase: 'walking' | 'completed' | 'rolledBack' | 'failed' | 'superseded';
  readonly deploymentId: string;
  readonly activationId: string;
  readonly strategy: StrategyType;
  readonly sideBySide: boolean;
  readonly desired: number;
  readonly direction: RolloutDirection;
  readonly plan: readonly RolloutStep[];
  /** Index of the step under way. */
  readonly step: number;
  readonly stepStartedAtMs: number;
  readonly skippedSteps: readonly number[];
  readonly promotedAtMs: number | null;
  readonly paused: boolean;
  readonly abortRequested: boolean;
  /** Of the newest analysis. */
  readonly analysis: AnalysisState | null;
  readonly interventions: readonly Intervention[];
  readonly reason: string | null;
};
export type RolloutState = { readonly phase: 'absent' } | Walk;

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
        return { ...stepped({ ...state, plan: event.plan }, 0, event.atMs), direction: 'back', paused: false, reason: event.reason };
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

type Outcome = Decision<RolloutEvent, RolloutRejection>;
type CommandOf<T extends RolloutCommand['type']> = Extract<RolloutCommand, { type: T }>;
type EventOf<T extends RolloutEvent['type']> = Extract<RolloutEvent, { type: T }>;

const belonging = ({ deploymentId, activationId }: Walk, atMs: number): RolloutBelonging => ({ deploymentId, activationId, atMs });

function walk(command: CommandOf<'CompleteStep' | 'RescaleRollout' | 'RecordMeasurement' | 'AbortRollout' | 'SupersedeRollout'>, state: Walk): Outcome {
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
  const under = state.plan[step];
  if (under?.type === 'analyse' && state.analysis?.judgement.next !== 'continue') return reject({ type: 'StepNotDone', step });
  return pass({ type: 'RolloutStepCompleted', ...belonging(state, atMs), direction, step }, state);
}

/** A step completed or skipped, and what comes of it: a promotion, an end. */
function pass(event: EventOf<'RolloutStepCompleted' | 'RolloutStepSkipped'>, state: Walk): Outcome {
  const { step, atMs } = event;
  const of = belonging(state, atMs);
  const promoted = state.direction === 'forward' && state.plan[step]?.type === 'promote';
  const isLast = step + 1 >= state.plan.length;
  return accept<RolloutEvent>(event, ...(promoted ? [{ type: 'RolloutPromoted' as const, ...of }] : []), ...(isLast ? [ending(state, of)] : []));
}

function ending(state: Walk, of: RolloutBelonging): RolloutEvent {
  return state.direction === 'forward'
    ? { type: 'RolloutCompleted', ...of }
    : { type: 'RolloutRolledBack', ...of, reason: state.reason ?? 'aborted' };
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

function sum({ analysis }: Walk, { canary, stable }: { readonly canary: TrafficSample; readonly stable: TrafficSample }) {
  return { canary: addSamples(analysis?.canary ?? EMPTY_SAMPLE, canary), stable: addSamples(analysis?.stable ?? EMPTY_SAMPLE, stable) };
}

type UserCommand = CommandOf<'PauseRollout' | 'ResumeRollout' | 'PromoteRollout' | 'SkipStep' | 'RequestAbort'>;

function intervene(command: UserCommand, state: Walk): Outcome {
  const { actor, reason, atMs } = command;
  const by = { ...belonging(state, atMs), actor, reason };
  if (state.direction === 'back' || state.abortRequested)
    return command.type === 'RequestAbort' ? accept() : reject({ type: 'RolloutIsGoingBack' });
  switch (command.type) {
    case 'PauseRollout':
      return state.paused ? accept() : accept({ type: 'RolloutPaused', ...by });
    case 'ResumeRollout':
      return state.paused ? accept({ type: 'RolloutResumed', ...by }) : accept();
    case 'RequestAbort':
      return state.promotedAtMs === null ? accept({ type: 'RolloutAbortRequested', ...by }) : reject({ type: 'RolloutIsPromoted' });
    case 'PromoteRollout':
    case 'SkipStep':
      return passBy(command, state);
  }
}

/** One wait is passed by, or all of them. Whoever says so wants it to go on: a pause ends. */
function passBy(command: CommandOf<'PromoteRollout' | 'SkipStep'>, state: Walk): Outcome {
  const { actor, reason, atMs, step } = command;
  const by = { ...belonging(state, atMs), actor, reason };
  const resumed: readonly RolloutEvent[] = state.paused ? [{ type: 'RolloutResumed', ...by }] : [];
  if (step !== null && step !== state.step) return reject({ type: 'StepNotUnderWay', step, currentStep: state.step });
  const isFull = command.type === 'PromoteRollout' && command.full;
  if (command.type === 'PromoteRollout' && state.promotedAtMs !== null) return reject({ type: 'RolloutIsPromoted' });
  const rest = state.plan.slice(state.step);
  if (isFull ? !hasWaits(rest) : !isWaiting(rest[0]))
    return reject({ type: 'NothingToPass', currentStep: state.step, stepType: rest[0]?.type ?? 'end' });
  if (isFull) {
    const plan = [...state.plan.slice(0, state.step), ...fastForward(rest)];
    return accept<RolloutEvent>(...resumed, { type: 'RolloutFastForwarded', ...by, plan });
  }
  const how = command.type === 'SkipStep' ? 'skip' : 'promote';
  const passed = pass({ type: 'RolloutStepSkipped', ...by, step: state.step, how }, state);
  return 'rejected' in passed ? passed : accept<RolloutEvent>(...resumed, ...passed.accepted);
}

function started(event: EventOf<'RolloutStarted'>): Walk {
  const { deploymentId, activationId, strategy, sideBySide, desired, plan, atMs } = event;
  return {
    phase: 'walking',
    deploymentId,
    activationId,
    strategy,
    sideBySide,
    desired,
    direction: 'forward',
    plan,
    step: 0,
    stepStartedAtMs: atMs,
    skippedSteps: [],
    promotedAtMs: null,
    paused: false,
    abortRequested: false,
    analysis: null,
    interventions: [],
    reason: null,
  };
}

/** An analysis begins with nothing seen; what the last one saw stays until then. */
function stepped(state: Walk, step: number, atMs: number): Walk {
  const analysis = state.plan[step]?.type === 'analyse' ? null : state.analysis;
  return { ...state, step, stepStartedAtMs: atMs, analysis };
}

function measured(state: Walk, { measurement, judgement }: EventOf<'RolloutMeasured'>): Walk {
  return { ...state, analysis: { ...sum(state, measurement), judgement, measuredToMs: measurement.toMs } };
}

function noted(state: Walk, action: Intervention['action'], { actor, reason, atMs }: Omit<Intervention, 'action'>): Walk {
  return { ...state, interventions: [...state.interventions, { action, actor, reason, atMs }].slice(-INTERVENTIONS_KEPT) };
}
