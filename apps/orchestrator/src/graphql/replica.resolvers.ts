import type { ReplicaPhase } from '@slipway/domain';
import type { Resolvers } from '@slipway/service';
import type { FleetRow } from '../read-models/fleets.projection.js';
import type { ReplicaRow } from '../read-models/replicas.projection.js';
import { unheardOf, type ReplicaView, type ResolverPorts } from './resolver-ports.js';

export type RoutingView = { readonly id: string; readonly status: 'PROVISIONING' | 'ACTIVE' | 'INACTIVE'; readonly trafficPercent: number };

export function replicaResolvers(using: ResolverPorts): Resolvers {
  const { reads } = using;
  const find = async (id: string): Promise<ReplicaView | null> => {
    const row = await reads.replica(id);
    return row === null ? null : { row, atMs: null };
  };
  return {
    Query: { replica: (_: unknown, { id }: { id: string }) => find(id) },

    ModelReplica: {
      __resolveReference: ({ id }: { id: string }) => find(id),
      id: ({ row }: ReplicaView) => row.replicaId,
      name: ({ row }: ReplicaView) => row.name,
      status: ({ row }: ReplicaView) => REPLICA_STATUS[row.state.phase],
      revision: ({ row }: ReplicaView) => ({ id: row.state.revisionId }),
      attempt: ({ row }: ReplicaView) => row.state.attempt,
      errorData: ({ row }: ReplicaView) => (row.errorData === null ? null : JSON.stringify(row.errorData)),
      routings: async ({ row, atMs }: ReplicaView, given: { first: number; after?: string | null }) => {
        const { deploymentId } = row.state;
        const fleet = atMs === null ? ((await reads.fleetsById([deploymentId])).get(deploymentId) ?? null) : await reads.fleetAt(deploymentId, atMs);
        const peers = atMs === null ? await reads.replicas(deploymentId) : await reads.replicasAt(deploymentId, atMs);
        return onePage(routingOf(row, fleet ?? unheardOf(deploymentId), peers), given);
      },
      createdAt: ({ row }: ReplicaView) => new Date(row.createdAtMs),
      updatedAt: ({ row }: ReplicaView) => new Date(row.updatedAtMs),
    },

    ModelRevision: {
      errorData: async ({ id }: { id: string }) => {
        const errorData = await reads.revisionError(id);
        return errorData === null ? null : JSON.stringify(errorData);
      },
    },
  };
}

/** A replica has one routing: its revision's share, divided by the replicas of that revision that serve. */
export function routingOf(row: ReplicaRow, fleet: FleetRow, peers: readonly ReplicaRow[]): RoutingView {
  const { phase, revisionId } = row.state;
  const weightPercent = fleet.weights.find((weight) => weight.revisionId === revisionId)?.weightPercent ?? 0;
  const serving = peers.filter(({ state }) => state.phase === 'ready' && state.revisionId === revisionId).length;
  const isServing = phase === 'ready' && weightPercent > 0;
  const isStarting = phase === 'requested' || phase === 'launched' || phase === 'restarting';
  const status = isServing ? 'ACTIVE' : isStarting ? 'PROVISIONING' : 'INACTIVE';
  return { id: row.replicaId, status, trafficPercent: isServing ? weightPercent / Math.max(1, serving) : 0 };
}

function onePage(routing: RoutingView, { first, after }: { readonly first: number; readonly after?: string | null }) {
  const cursor = Buffer.from(routing.id).toString('base64url');
  const edges = first > 0 && after !== cursor ? [{ node: routing, cursor }] : [];
  const shown = edges[0]?.cursor ?? null;
  return { edges, pageInfo: { hasNextPage: first <= 0 && after !== cursor, hasPreviousPage: after === cursor, startCursor: shown, endCursor: shown } };
}

const REPLICA_STATUS: Readonly<Record<ReplicaPhase, string>> = {
  absent: 'PROVISIONING',
  requested: 'PROVISIONING',
  launched: 'PROVISIONING',
  ready: 'RUNNING',
  unready: 'UNHEALTHY',
  restarting: 'RESTARTING',
  draining: 'DRAINING',
  drained: 'DRAINING',
  stopped: 'TERMINATED',
  failed: 'FAILED',
};
