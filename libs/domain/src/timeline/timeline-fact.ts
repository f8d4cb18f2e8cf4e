import type { AccessEvent } from '../access/access.js';
import type { DeploymentEvent } from '../deployment/deployment-events.js';
import type { NameEvent } from '../name/name.js';
import type { RecordedFact } from '../projections/recorded-fact.js';
import type { ReplicaEvent } from '../replica/replica-events.js';
import type { RevisionEvent } from '../revision/revision.js';
import type { RolloutEvent } from '../rollout/rollout-events.js';
import type { ScalingEvent } from '../scaling/scaling-events.js';
import type { StatusEvent } from '../status/deployment-status.js';

/** Everything that can happen to a deployment and to what belongs to it. */
export type DeploymentFact = DeploymentEvent | RevisionEvent | AccessEvent | NameEvent | RolloutEvent | ReplicaEvent | StatusEvent | ScalingEvent;
export type RecordedDeploymentFact = RecordedFact<DeploymentFact>;

export type EntityKind = 'DEPLOYMENT' | 'REVISION' | 'ROLLOUT' | 'REPLICA' | 'TOKEN';
export type Entity = { readonly kind: EntityKind; readonly id: string };

/** Whose timeline a fact is on. */
export function deploymentOf({ event, streamKey }: Pick<RecordedDeploymentFact, 'event' | 'streamKey'>): string {
  return 'deploymentId' in event ? event.deploymentId : streamKey;
}

/** What a fact says something new about. */
export function entityOf(fact: Pick<RecordedDeploymentFact, 'event' | 'category' | 'streamKey'>): Entity {
  const { event, category, streamKey } = fact;
  if ('tokenId' in event) return { kind: 'TOKEN', id: event.tokenId };
  if (category === 'replica') return { kind: 'REPLICA', id: streamKey };
  if (category === 'rollout') return { kind: 'ROLLOUT', id: streamKey };
  switch (event.type) {
    case 'RevisionCreated':
    case 'RevisionRegistered':
    case 'RevisionActivationRequested':
    case 'RevisionActivated':
    case 'RevisionActivationFailed':
      return { kind: 'REVISION', id: event.revisionId };
    default:
      return { kind: 'DEPLOYMENT', id: deploymentOf(fact) };
  }
}
