import { DRAIN_LIMIT_MS } from '../replica/replica.js';
import { sameMirror, sameWeights, type Mirror, type RevisionWeight } from '../status/deployment-status.js';
import type { Fleet, FleetReplica } from './fleet.js';
import type { FleetEffect } from './fleet-effect.js';

/** No rollout runs: the stable revision at the desired count, all traffic to it, nothing else left over. */
export function steadyEffects(fleet: Fleet): readonly FleetEffect[] {
  const stable = fleet.stableRevisionId;
  const strays = staying(fleet).filter((replica) => replica.revisionId !== stable);
  const effects = strays.map((replica) => drain(replica, 'its revision does not serve'));
  if (stable === null) return [...changeRouting(fleet, []), ...effects];
  const own = staying(fleet).filter((replica) => replica.revisionId === stable);
  const surplus = leastUseful(own).slice(0, Math.max(0, own.length - fleet.desired));
  return [
    ...changeRouting(fleet, [{ revisionId: stable, weightPercent: 100 }]),
    ...effects,
    ...surplus.map((replica) => drain(replica, 'scaled down')),
    ...request(fleet, stable, fleet.desired - own.length),
  ];
}

/** Deletion: no traffic, then no replicas. A rollout under way ends here. */
export function deletionEffects(fleet: Fleet): readonly FleetEffect[] {
  const { rollout } = fleet;
  const command = { type: 'SupersedeRollout' as const, byActivationId: 'deletion' };
  const end: readonly FleetEffect[] = rollout === null ? [] : [{ type: 'sendRollout', rolloutId: rollout.rolloutId, command }];
  return [...end, ...changeRouting(fleet, []), ...staying(fleet).map((replica) => drain(replica, 'the deployment is being deleted'))];
}

/** Replicas that are not on their way out. */
export const staying = (fleet: Fleet): readonly FleetReplica[] =>
  Object.values(fleet.replicas).filter((replica) => replica.phase !== 'leaving');

export const ready = (replicas: readonly FleetReplica[]): readonly FleetReplica[] => replicas.filter(({ phase }) => phase === 'ready');

/** Who can be spared first: those that do not serve, then the newest. */
export function leastUseful(replicas: readonly FleetReplica[]): readonly FleetReplica[] {
  return [...replicas].sort((a, b) => Number(a.phase === 'ready') - Number(b.phase === 'ready') || b.ordinal - a.ordinal);
}

/** `count` more replicas of a revision. The ordinal makes the id, so asking twice makes one replica. */
export function request(fleet: Fleet, revisionId: string, count: number): readonly FleetEffect[] {
  if (count <= 0 || !fleet.replacementAllowed) return [];
  const { deploymentId, name, nextOrdinal } = fleet;
  return Array.from({ length: count }, (_, index) => {
    const ordinal = nextOrdinal + index;
    const replicaId = `${deploymentId}-${ordinal}`;
    const command = { type: 'RequestReplica' as const, replicaId, deploymentId, revisionId, name: `${name}-${ordinal}`, ordinal };
    return { type: 'sendReplica', replicaId, command };
  });
}

export function drain({ replicaId }: FleetReplica, reason: string): FleetEffect {
  return { type: 'sendReplica', replicaId, command: { type: 'DrainReplica', reason, limitMs: DRAIN_LIMIT_MS } };
}

export function changeRouting(fleet: Fleet, weights: readonly RevisionWeight[], mirror: Mirror | null = null): readonly FleetEffect[] {
  if (sameWeights(weights, fleet.weights) && sameMirror(mirror, fleet.mirror)) return [];
  return [{ type: 'sendStatus', deploymentId: fleet.deploymentId, command: { type: 'ChangeRouting', weights, mirror } }];
}
