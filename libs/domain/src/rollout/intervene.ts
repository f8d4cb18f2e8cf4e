import { accept, reject } from '../decider.js';
import { fastForward, hasWaits } from './compile-plan.js';
import { pass, type Outcome } from './pass-step.js';
import type { RolloutCommand, RolloutEvent } from './rollout-events.js';
import { isWaiting } from './rollout-plan.js';
import { belonging, type Walk } from './rollout-state.js';

/** What people ask of a rollout. */
export type UserCommand = Extract<RolloutCommand, { readonly actor: string }>;

export function intervene(command: UserCommand, state: Walk): Outcome {
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
function passBy(command: Extract<UserCommand, { readonly step: number }>, state: Walk): Outcome {
  const { actor, reason, atMs, step } = command;
  const by = { ...belonging(state, atMs), actor, reason };
  const resumed: readonly RolloutEvent[] = state.paused ? [{ type: 'RolloutResumed', ...by }] : [];
  if (step !== state.step) return reject({ type: 'StepNotUnderWay', step, currentStep: state.step });
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
