import type { RolloutEvent } from '../rollout/rollout-events.js';
import type { Fleet, FleetRollout, WantedActivation } from './fleet.js';

/** What a fact of the rollout under way, or the start of one, changes. */
export function afterRolloutEvent(fleet: Fleet, rolloutId: string, event: RolloutEvent): Fleet {
  if (event.type === 'RolloutStarted') return { ...fleet, rollout: startedRollout(event), lastRolloutFailed: null };
  const { rollout } = fleet;
  if (rollout?.rolloutId !== rolloutId) return fleet;
  switch (event.type) {
    case 'RolloutStepCompleted':
    case 'RolloutStepSkipped':
      return { ...fleet, rollout: { ...rollout, step: event.step + 1, holdIsOver: false, analysis: null } };
    case 'RolloutFastForwarded':
      return { ...fleet, rollout: { ...rollout, plan: event.plan, holdIsOver: false, analysis: null } };
    case 'RolloutRescaled':
      return { ...fleet, rollout: { ...rollout, desired: event.desired, surge: event.surge, unavailable: event.unavailable, plan: event.plan } };
    case 'RolloutMeasured':
      return { ...fleet, rollout: { ...rollout, analysis: { next: event.judgement.next, reason: event.judgement.reason } } };
    case 'RolloutPaused':
    case 'RolloutResumed':
      return { ...fleet, rollout: { ...rollout, isPaused: event.type === 'RolloutPaused' } };
    case 'RolloutAbortRequested':
      return { ...fleet, rollout: { ...rollout, abortReason: `aborted by ${event.actor}${event.reason === null ? '' : `: ${event.reason}`}` } };
    case 'RolloutPromoted':
      return arrived({ ...fleet, rollout: { ...rollout, isPromoted: true } }, rollout);
    case 'RolloutAborted': {
      const targetRevisionId = rollout.previousRevisionId ?? rollout.targetRevisionId;
      return { ...fleet, rollout: { ...rollout, targetRevisionId, plan: event.plan, direction: 'back', step: 0, isPaused: false } };
    }
    case 'RolloutCompleted':
      return arrived({ ...fleet, rollout: null }, rollout);
    case 'RolloutRolledBack':
      return ended(fleet, rollout, null);
    case 'RolloutFailed':
      return ended(fleet, rollout, event.reason);
    case 'RolloutSuperseded':
      return { ...fleet, rollout: null };
  }
}

function startedRollout(event: Extract<RolloutEvent, { type: 'RolloutStarted' }>): FleetRollout {
  const { type: _type, deploymentId: _of, atMs: _at, strategy: _named, ...goal } = event;
  return {
    ...goal,
    direction: 'forward',
    step: 0,
    isPaused: false,
    isPromoted: false,
    holdIsOver: false,
    analysis: null,
    abortReason: null,
    failure: null,
  };
}

/** The target is what serves from here on, and nothing that was wanted is outstanding. */
function arrived(fleet: Fleet, rollout: FleetRollout): Fleet {
  return { ...fleet, stableRevisionId: rollout.targetRevisionId, wanted: unlessAnswered(fleet, rollout), lastRolloutFailed: null };
}

function ended(fleet: Fleet, rollout: FleetRollout, failure: string | null): Fleet {
  return { ...fleet, rollout: null, wanted: unlessAnswered(fleet, rollout), lastRolloutFailed: failure };
}

const unlessAnswered = ({ wanted }: Fleet, { activationId }: FleetRollout): WantedActivation | null =>
  wanted?.activationId === activationId ? null : wanted;
