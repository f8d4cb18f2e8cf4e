import { parseEventAs, splitStream, statusEventTypes } from '@slipway/contracts';
import type { DeploymentEvent, DeploymentStatus, RevisionWeight, StatusEvent } from '@slipway/domain';
import { projectionTable, type Projection } from '@slipway/event-log';

/** What the orchestrator says of a deployment. */
export type FleetRow = {
  readonly deploymentId: string;
  readonly status: DeploymentStatus;
  readonly reason: string;
  readonly statusSinceMs: number;
  readonly weights: readonly RevisionWeight[];
  readonly desired: number;
};

type Fact = StatusEvent | Extract<DeploymentEvent, { type: 'DeploymentCreated' | 'ReplicasDesired' }>;

export const fleets: Projection<FleetRow, Fact> = {
  name: 'fleets',
  version: 1,
  filter: { types: [...statusEventTypes, 'DeploymentCreated', 'ReplicasDesired'] },
  parse: parseEventAs<Fact>(),
  keys: (_event, recorded) => [splitStream(recorded.streamId).id],
  apply: (row, event, { key }) => applyToFleet(row, event, key),
};

export function applyToFleet(row: FleetRow | null, event: Fact, deploymentId: string): FleetRow {
  const before: FleetRow = row ?? { deploymentId, status: 'PROVISIONING', reason: 'created', statusSinceMs: event.atMs, weights: [], desired: 0 };
  switch (event.type) {
    case 'DeploymentCreated':
    case 'ReplicasDesired':
      return { ...before, desired: event.desiredReplicaCount };
    case 'DeploymentStatusChanged':
      return { ...before, status: event.to, reason: event.reason, statusSinceMs: event.atMs };
    case 'RoutingChanged':
      return { ...before, weights: event.weights };
  }
}

export const fleetsTable = projectionTable<FleetRow, Fact, { readonly status: string }>(fleets, {
  columns: { status: { type: 'varchar', index: true } },
  toColumns: ({ status }) => ({ status }),
});
