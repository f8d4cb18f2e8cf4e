import type { Process } from '../process.js';
import { PROGRESS_DEADLINE_MS } from '../rollout/rollout.js';
import type { FleetEffect } from './fleet-effect.js';
import { claim, noFleet, seeInput, type Fleet, type FleetInput, type FleetTimer } from './fleet.js';
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
  version: 1,
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
  if (wanted === null || wanted.activationId === rollout.activationId) return rolloutEffects(fleet, rollout);
  const command = { type: 'SupersedeRollout' as const, byActivationId: wanted.activationId };
  return [{ type: 'sendRollout', rolloutId: rollout.rolloutId, command }];
}

function statusEffects(fleet: Fleet): readonly FleetEffect[] {
  const next = nextStatus(fleet);
  if (next === null) return [];
  return [{ type: 'sendStatus', deploymentId: fleet.deploymentId, command: { type: 'ChangeStatus', ...next } }];
}

function timers(input: FleetInput, fleet: Fleet): readonly FleetEffect[] {
  const { rollout } = fleet;
  if (input.from === 'timer' && input.timer.type === 'ProgressDeadlinePassed') return onDeadline(input.timer, fleet);
  if (input.from === 'rollout' && rollout !== null && rollout.rolloutId === input.rolloutId) {
    const { rolloutId, direction, step } = rollout;
    const timer = { type: 'ProgressDeadlinePassed' as const, rolloutId, direction, step };
    return [{ type: 'wakeIn', timerId: `deadline/${rolloutId}`, delayMs: PROGRESS_DEADLINE_MS, input: { from: 'timer', timer } }];
  }
  if (input.from === 'replica' && input.event.type === 'ReplicaFailed') {
    const delayMs = Math.min(REPLACEMENT_BACKOFF_MAX_MS, REPLACEMENT_BACKOFF_BASE_MS * 2 ** (fleet.failuresInARow - 1));
    return [{ type: 'wakeIn', timerId: 'replacement', delayMs, input: { from: 'timer', timer: { type: 'ReplacementDue' } } }];
  }
  return [];
}

type ProgressDeadline = Extract<FleetTimer, { type: 'ProgressDeadlinePassed' }>;

function onDeadline(timer: ProgressDeadline, fleet: Fleet): readonly FleetEffect[] {
  const { rollout } = fleet;
  if (rollout === null || rollout.rolloutId !== timer.rolloutId) return [];
  if (rollout.direction !== timer.direction || rollout.step !== timer.step) return []; // it has moved since
  const reason = `no progress for ${PROGRESS_DEADLINE_MS / 1000} s at step ${rollout.step + 1} of ${rollout.plan.length}`;
  return [abortRollout(fleet, rollout, reason)];
}
