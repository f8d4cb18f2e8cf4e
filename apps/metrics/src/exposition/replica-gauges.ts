import type { ReplicaDirectory } from '../replicas/replica-directory.js';
import { observeLabelledGauge, type LabelledValue } from './labelled-gauge.js';

/**
 * How many replicas deployments are to have and revisions have ready. Of deployments that are not deleted, and of revisions that have
 * replicas: 0 while none of them is ready. Every instance of this service tells the same: over instances, take the largest.
 */
export function observeReplicas(directory: ReplicaDirectory): () => void {
  const stops = [
    observeLabelledGauge('slipway.deployment.replicas.desired', 'Replicas the deployment is to have', '{replica}', () => desiredReplicas(directory)),
    observeLabelledGauge('slipway.revision.replicas.ready', 'Replicas that are ready for requests', '{replica}', () => readyReplicas(directory)),
  ];
  return () => stops.forEach((stop) => stop());
}

const desiredReplicas = (directory: ReplicaDirectory): readonly LabelledValue[] =>
  [...directory.desiredReplicas()].map(([deploymentId, value]) => ({ value, attributes: { deployment: directory.nameOf(deploymentId) } }));

function readyReplicas(directory: ReplicaDirectory): readonly LabelledValue[] {
  const revisions = Map.groupBy(directory.living(), ({ state }) => `${state.deploymentId} ${state.revisionId}`);
  return [...revisions.values()].flatMap((replicas) => {
    const [first] = replicas;
    if (first === undefined) return [];
    const attributes = { deployment: directory.nameOf(first.state.deploymentId), revision: first.state.revisionId };
    return [{ value: replicas.filter(({ state }) => state.phase === 'ready').length, attributes }];
  });
}
