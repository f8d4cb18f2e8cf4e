import type { EventLog, EventLogReader } from '@slipway/event-log';
import { batchLoader, loaderOf, type GraphQLContext } from '@slipway/service';
import type { TimelineReads } from '../history/timeline-reads.js';
import type { ReplicaLogPorts } from '../logs/replica-log.js';
import type { FleetRow } from '../read-models/fleets.projection.js';
import type { OrchestratorReads } from '../read-models/orchestrator-reads.js';
import type { ReplicaRow } from '../read-models/replicas.projection.js';

export type HistoryPorts = {
  readonly log: EventLogReader;
  readonly timeline: TimelineReads;
  /** True when the rows contain everything up to the position. */
  readonly waitFor: (position: number, timeoutMs: number) => Promise<boolean>;
  readonly nowMs: () => number;
};

export type ResolverPorts = { readonly log: EventLogReader; readonly reads: OrchestratorReads };

export type LogPorts = ResolverPorts & { readonly logs: ReplicaLogPorts };

export type RolloutPorts = {
  readonly writableLog: EventLog;
  readonly reads: OrchestratorReads;
  readonly waitFor: (position: number, timeoutMs: number) => Promise<boolean>;
  readonly nowMs: () => number;
};

/** A deployment on its way through the graph: now, at a past instant, or at the moment of one change. */
export type FleetView = { readonly id: string; readonly atMs: number | null; readonly fleet: FleetRow };
export type ReplicaView = { readonly row: ReplicaRow; readonly atMs: number | null };

export const NOW = 'now';

export const fleetLoader = ({ reads }: ResolverPorts, context: GraphQLContext) =>
  loaderOf<FleetRow>(context, 'fleet', () => batchLoader((ids) => reads.fleetsById(ids)));

/** A deployment whose first fact has not come through yet is being provisioned. */
export const unheardOf = (deploymentId: string): FleetRow => ({
  deploymentId,
  status: 'PROVISIONING',
  reason: 'created',
  statusSinceMs: 0,
  weights: [],
  mirror: null,
  desired: 0,
});
