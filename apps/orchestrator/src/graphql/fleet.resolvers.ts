import { invalidInput } from '@slipway/contracts';
import type { GraphQLContext, Resolvers } from '@slipway/service';
import { rolloutsAt } from '../history/rollout-history.js';
import { ROLLOUTS_SHOWN_MAX } from '../read-models/orchestrator-reads.js';
import type { RolloutRow } from '../read-models/rollouts.projection.js';
import { routingOf } from './replica.resolvers.js';
import { fleetLoader, NOW, unheardOf, type FleetView, type ReplicaView, type ResolverPorts } from './resolver-ports.js';

type Reference = { readonly id: string; readonly instant: string };
type Management = { readonly view: FleetView; readonly replicas: readonly ReplicaView[] };

export function fleetResolvers(using: ResolverPorts): Resolvers {
  const { log, reads } = using;

  const find = async ({ id, instant }: Reference, context: GraphQLContext): Promise<FleetView> => {
    const atMs = instant === NOW ? null : Date.parse(instant);
    const fleet = atMs === null ? await fleetLoader(using, context).load(id) : await reads.fleetAt(id, atMs);
    return { id, atMs, fleet: fleet ?? unheardOf(id) };
  };

  const replicasOf = async ({ id, atMs }: FleetView): Promise<ReplicaView[]> =>
    (atMs === null ? await reads.replicas(id) : await reads.replicasAt(id, atMs)).map((row) => ({ row, atMs }));

  const rolloutsOf = ({ id, atMs }: FleetView, limit: number): Promise<readonly RolloutRow[]> =>
    atMs === null ? reads.rollouts(id, limit) : rolloutsAt(log, id, atMs, limit);

  return {
    ModelDeployment: {
      __resolveReference: (reference: Reference, context: unknown) => find(reference, context as GraphQLContext),
      instant: instantOf,
      status: ({ fleet }: FleetView) => fleet.status,
      statusReason: ({ fleet }: FleetView) => fleet.reason,
      statusSince: ({ fleet }: FleetView) => new Date(fleet.statusSinceMs),
      traffic: ({ fleet }: FleetView) => fleet.weights.map(({ revisionId, weightPercent }) => ({ revision: { id: revisionId }, weightPercent })),
      replicaManagement: async (view: FleetView): Promise<Management> => ({ view, replicas: await replicasOf(view) }),
      rollout: async (view: FleetView) => (await rolloutsOf(view, 1))[0] ?? null,
      rollouts: (view: FleetView, { limit }: { limit: number }) => {
        if (limit < 0 || limit > ROLLOUTS_SHOWN_MAX) throw invalidInput([{ field: 'limit', problem: `is from 0 to ${ROLLOUTS_SHOWN_MAX}` }]);
        return rolloutsOf(view, limit);
      },
    },

    ReplicaManagement: {
      id: ({ view }: Management) => view.id,
      instant: ({ view }: Management) => instantOf(view),
      desiredReplicaCount: ({ view }: Management) => view.fleet.desired,
      readyReplicaCount: ({ replicas }: Management) => replicas.filter(({ row }) => row.state.phase === 'ready').length,
      routings: ({ view, replicas }: Management) => replicas.map(({ row }) => routingOf(row, view.fleet, replicas.map((replica) => replica.row))),
    },
  };
}

const instantOf = ({ atMs }: FleetView): string => (atMs === null ? NOW : new Date(atMs).toISOString());
