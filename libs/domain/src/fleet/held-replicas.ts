import type { RolloutStep } from '../rollout/rollout-plan.js';
import type { Fleet, FleetRollout } from './fleet.js';
import type { FleetEffect } from './fleet-effect.js';
import { drain, leastUseful, request, staying } from './steady-fleet.js';

/**
 * A rollout with waits may last for days: meanwhile what was launched stays launched. The previous revision is kept at
 * the desired count until the target is promoted, the target at the count of the last launch step; what is lost is
 * replaced, what is too much goes. (A rolling update has no waits, and ends where the steady state goes on.)
 */
export function heldReplicas(fleet: Fleet, rollout: FleetRollout): readonly FleetEffect[] {
  const { sideBySide, direction, previousRevisionId, targetRevisionId, isPromoted, desired } = rollout;
  if (!sideBySide || direction === 'back' || drainsBegun(rollout)) return [];
  const previous = previousRevisionId === null || previousRevisionId === targetRevisionId || isPromoted ? [] : keep(fleet, rollout, previousRevisionId, desired);
  return previous.length > 0 ? previous : keep(fleet, rollout, targetRevisionId, launchedBy(rollout));
}

function keep(fleet: Fleet, { desired, surge, unavailable }: FleetRollout, revisionId: string, count: number): readonly FleetEffect[] {
  const own = staying(fleet).filter((replica) => replica.revisionId === revisionId);
  if (own.length < count) {
    const room = desired + surge - Object.keys(fleet.replicas).length;
    return request(fleet, revisionId, Math.min(count - own.length, room));
  }
  let spare = staying(fleet).filter(({ phase }) => phase === 'ready').length - (desired - unavailable);
  const surplus = leastUseful(own).slice(0, own.length - count);
  return surplus.filter(({ phase }) => phase !== 'ready' || spare-- > 0).map((replica) => drain(replica, 'scaled down'));
}

/** How many target replicas the plan has called for up to the step under way. */
function launchedBy({ plan, step }: FleetRollout): number {
  return Math.max(0, ...plan.slice(0, step + 1).map((earlier) => (earlier.type === 'launch' ? earlier.count : 0)));
}

const isDrain = (step: RolloutStep): boolean => step.type === 'drain';
const drainsBegun = ({ plan, step }: FleetRollout): boolean => plan.slice(0, step + 1).some(isDrain);
