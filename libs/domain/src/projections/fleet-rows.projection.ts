import type { DeploymentEvent } from '../deployment/deployment-events.js';
import type { DeploymentStatus, Mirror, RevisionWeight, StatusEvent } from '../status/deployment-status.js';
import { typesOf, type PureProjection } from './pure-projection.js';

/** What the orchestrator says of a deployment. */
export type FleetRow = {
  readonly deploymentId: string;
  readonly status: DeploymentStatus;
  readonly reason: string;
  readonly statusSinceMs: number;
  readonly weights: readonly RevisionWeight[];
  readonly mirror: Mirror | null;
  readonly desired: number;
};

export type FleetRowFact = StatusEvent | Extract<DeploymentEvent, { type: 'DeploymentCreated' | 'ReplicasDesired' }>;

export const fleetRows: PureProjection<FleetRow, FleetRowFact, { readonly status: string }> = {
  name: 'fleets',
  version: 2,
  types: typesOf<FleetRowFact>({ DeploymentStatusChanged: true, RoutingChanged: true, DeploymentCreated: true, ReplicasDesired: true }),
  keys: (_event, streamKey) => [streamKey],
  apply: applyToFleet,
  columns: ({ status }) => ({ status }),
};

export function applyToFleet(row: FleetRow | null, event: FleetRowFact, deploymentId: string): FleetRow {
  const before: FleetRow = row ?? { deploymentId, status: 'PROVISIONING', reason: 'created', statusSinceMs: event.atMs, weights: [], mirror: null, desired: 0 };
  switch (event.type) {
    case 'DeploymentCreated':
    case 'ReplicasDesired':
      return { ...before, desired: event.desiredReplicaCount };
    case 'DeploymentStatusChanged':
      return { ...before, status: event.to, reason: event.reason, statusSinceMs: event.atMs };
    case 'RoutingChanged':
      return { ...before, weights: event.weights, mirror: event.mirror };
  }
}
