import type { Process } from '../process.js';
import { isWaiting } from '../rollout/rollout-plan.js';
import type { FleetEffect } from './fleet-effect.js';
import { claim, noFleet, seeInput, type Fleet, type FleetInput, type FleetRollout, type FleetTimer } from './fleet.js';
import { deletionEffects, steadyEffects } from './steady-fleet.js';
import { abortRollout, rolloutEffects, startRollout } from './walk-rollout.js';
import { nextStatus } from './fleet-status.js';

/** A replica that was given up is replaced after base · 2^(n − 1), capped. */
export const REPLACEMENT_BACKOFF_BASE_MS = 1000;
export const REPLACEMENT_BACKOFF_MAX_MS = 300_000;

/**
 * Makes one deployment so: walks its rollout when there is one, otherwise keeps the stable revision at the desired count.
 * Level-triggered: whatever came in, the effects are those that the state as a whole still calls for.
 */
export const fleetProcess: Process<Fleet, FleetInput, FleetEffect> = {
  version: 3,
  initialState: noFleet,
  evolve: seeInput,
  react: decideEffects,
  claim,
};

function decideEffects(input: FleetInput, fleet: Fleet): readonly FleetEffect[] {
  if (fleet.deploymentId === '' || fleet.status === 'DESTROYED') return [];
  return [...timers(input, fleet), ...statusEffects(fleet), ...convergence(fleet)];
}

function convergence(fleet: Fleet): readonly FleetEffect[] {
  if (fleet.deleting) return deletionEffects(fleet);
  const { rollout, wanted } = fleet;
  if (rollout === null) return wanted === null ? steadyEffects(fleet) : startRollout(fleet, wanted);
  if (wanted === null || wanted.activationId === rollout.activationId) return [...rescaling(fleet, rollout), ...rolloutEffects(fleet, rollout)];
  const command = { type: 'SupersedeRollout' as const, byActivationId: wanted.activationId };
  return [{ type: 'sendRollout', rolloutId: rollout.rolloutId, command }];
}

/** A rollout that may last follows the desired count; a rolling update ends soon, and the steady state follows it then. */
function rescaling({ desired }: Fleet, { rolloutId, sideBySide, direction, ...rollout }: FleetRollout): readonly FleetEffect[] {
  if (desired === rollout.desired || !sideBySide || direction === 'back') return [];
  return [{ type: 'sendRollout', rolloutId, command: { type: 'RescaleRollout', desired } }];
}

function statusEffects(fleet: Fleet): readonly FleetEffect[] {
  const next = nextStatus(fleet);
  if (next === null) return [];
  return [{ type: 'sendStatus', deploymentId: fleet.deploymentId, command: { type: 'ChangeStatus', ...next } }];
}

function timers(input: FleetInput, fleet: Fleet): readonly FleetEffect[] {
  if (input.from === 'timer' && input.timer.type === 'ProgressDeadlinePassed') return onDeadline(input.timer, fleet);
  if (input.from === 'rollout') return rolloutTimers(input, fleet);
  if (input.from === 'replica' && input.event.type === 'ReplicaFailed') {
    const delayMs = Math.min(REPLACEMENT_BACKOFF_MAX_MS, REPLACEMENT_BACKOFF_BASE_MS * 2 ** (fleet.failuresInARow - 1));
    return [{ type: 'wakeIn', timerId: 'replacement', delayMs, input: { from: 'timer', timer: { type: 'ReplacementDue' } } }];
  }
  return [];
}

/** A step that has just begun gets its deadline, or its end; one that goes on after a pause gets a new deadline. */
function rolloutTimers({ rolloutId, event }: Extract<FleetInput, { from: 'rollout' }>, { rollout }: Fleet): readonly FleetEffect[] {
  if (rollout?.rolloutId !== rolloutId) return [];
  const begun = ['RolloutStarted', 'RolloutStepCompleted', 'RolloutStepSkipped', 'RolloutFastForwarded', 'RolloutAborted'].includes(event.type);
  const { direction, step, progressDeadlineMs } = rollout;
  const under = rollout.plan[step];
  if (under === undefined || !(begun || event.type === 'RolloutResumed')) return [];
  if (under.type === 'hold') {
    if (under.durationMs === null || !begun) return [];
    const timer = { type: 'HoldOver' as const, rolloutId, step };
    return [{ type: 'wakeIn', timerId: `hold/${rolloutId}`, delayMs: under.durationMs, input: { from: 'timer', timer } }];
  }
  if (under.type === 'analyse') return [];
  const timer = { type: 'ProgressDeadlinePassed' as const, rolloutId, direction, step };
  return [{ type: 'wakeIn', timerId: `deadline/${rolloutId}`, delayMs: progressDeadlineMs, input: { from: 'timer', timer } }];
}

type ProgressDeadline = Extract<FleetTimer, { type: 'ProgressDeadlinePassed' }>;

function onDeadline(timer: ProgressDeadline, fleet: Fleet): readonly FleetEffect[] {
  const { rollout } = fleet;
  if (rollout === null || rollout.rolloutId !== timer.rolloutId) return [];
  if (rollout.direction !== timer.direction || rollout.step !== timer.step) return []; // it has moved since
  if (rollout.isPaused || rollout.isPromoted || isWaiting(rollout.plan[rollout.step])) return [];
  const reason = `no progress for ${rollout.progressDeadlineMs / 1000} s at step ${rollout.step + 1} of ${rollout.plan.length}`;
  return [abortRollout(fleet, rollout, reason)];
}
