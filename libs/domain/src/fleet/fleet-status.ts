import type { DeploymentStatus } from '../status/deployment-status.js';
import type { Fleet } from './fleet.js';

type StatusChange = { readonly to: DeploymentStatus; readonly reason: string };

/** The next legal status (X2) the fleet has come to, or null when the recorded one still fits. */
export function nextStatus(fleet: Fleet): StatusChange | null {
  if (fleet.deleting) return deletion(fleet);
  if (fleet.status === null) return { to: 'PROVISIONING', reason: 'created' };
  const isMoving = fleet.wanted !== null || (fleet.rollout !== null && !fleet.rollout.isPromoted);
  return isMoving ? whileMoving(fleet) : atRest(fleet);
}

function deletion({ status, replicas }: Fleet): StatusChange | null {
  if (status !== 'DESTROYING') return { to: 'DESTROYING', reason: 'deletion requested' };
  return Object.keys(replicas).length === 0 ? { to: 'DESTROYED', reason: 'every replica has stopped' } : null;
}

function whileMoving({ status, stableRevisionId }: Fleet): StatusChange | null {
  if (status === 'ACTIVE') return { to: 'UPDATING', reason: 'a revision is being activated' };
  if (status !== 'FAILED') return null;
  const to = stableRevisionId === null ? 'PROVISIONING' : 'UPDATING';
  return { to, reason: 'a revision is being activated again' };
}

function atRest(fleet: Fleet): StatusChange | null {
  const { status, desired, stableRevisionId, lastRolloutFailed } = fleet;
  const isMoving = status === 'PROVISIONING' || status === 'UPDATING';
  if (isMoving && lastRolloutFailed !== null) return { to: 'FAILED', reason: lastRolloutFailed };
  if (stableRevisionId === null) return null;
  if (isMoving) return { to: 'ACTIVE', reason: 'the revision serves' };
  if (status === 'ACTIVE' && desired === 0) return { to: 'INACTIVE', reason: 'scaled to zero by request' };
  const serves = Object.values(fleet.replicas).some((replica) => replica.phase === 'ready');
  return status === 'INACTIVE' && desired > 0 && serves ? { to: 'ACTIVE', reason: 'scaled up by request' } : null;
}
