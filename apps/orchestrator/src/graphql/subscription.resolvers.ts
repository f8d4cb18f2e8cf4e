import { parseEventAs, replicaEventTypes, SlipwayError, splitStream, streams } from '@slipway/contracts';
import { fleetRows, type FleetRowFact, type ReplicaEvent } from '@slipway/domain';
import type { EventLogReader, RecordedEvent } from '@slipway/event-log';
import { liveIterator, type GraphQLContext, type Resolvers } from '@slipway/service';
import { applyToFleet, type FleetRow } from '../read-models/fleets.projection.js';
import { applyToReplica, type ReplicaRow } from '../read-models/replicas.projection.js';
import { deploymentSpec, findRevision } from '../replicas/revision-facts.js';
import { followed, nowIn } from './followed-facts.js';
import type { FleetView, ReplicaView, ResolverPorts } from './resolver-ports.js';

const ID_CHARACTERS_SHOWN = 120;
const parseFleetFact = parseEventAs<FleetRowFact>();
const isFleetFact = (type: string): boolean => (fleetRows.types as readonly string[]).includes(type);
const parseReplica = parseEventAs<ReplicaEvent>();

export function subscriptionResolvers({ log }: ResolverPorts): Resolvers {
  return {
    Subscription: {
      deploymentStatusChanged: {
        subscribe: async (_: unknown, { deploymentId }: { deploymentId: string }, { request }: GraphQLContext) => statusChanges(log, deploymentId, await nowIn(log, request.signal)),
        resolve: (view: FleetView) => view,
      },
      replicaStatusChanged: {
        subscribe: async (_: unknown, { revisionId }: { revisionId: string }, { request }: GraphQLContext) => replicaChanges(log, revisionId, await nowIn(log, request.signal)),
        resolve: (view: ReplicaView) => view,
      },
    },
  };
}

/** The value pushed is the deployment at that change, so that quick changes are each seen. */
function statusChanges(log: EventLogReader, deploymentId: string, after: number): AsyncIterableIterator<FleetView> {
  return liveIterator((push, end) => {
    let fleet: FleetRow | null = null;
    const known = deploymentSpec(log, deploymentId).then((spec) => {
      if (spec === null) throw new SlipwayError('DEPLOYMENT_NOT_FOUND', { deploymentId: deploymentId.slice(0, ID_CHARACTERS_SHOWN) });
    });
    const filter = { after, types: fleetRows.types, streamPrefixes: factStreams(deploymentId) };
    return followed(log, filter, known, end, async (recorded) => {
      if (!factStreams(deploymentId).includes(recorded.streamId)) return; // another, whose id begins alike
      const event = parseFleetFact(recorded);
      fleet = applyToFleet(fleet ?? (await fleetBefore(log, deploymentId, recorded.position)), event, deploymentId);
      if (event.type === 'DeploymentStatusChanged') push({ id: deploymentId, atMs: null, fleet });
    });
  });
}

function replicaChanges(log: EventLogReader, revisionId: string, after: number): AsyncIterableIterator<ReplicaView> {
  return liveIterator((push, end) => {
    const rows = new Map<string, ReplicaRow>();
    const known = findRevision(log, revisionId).then((revision) => {
      if (revision === null) throw new SlipwayError('REVISION_NOT_FOUND', { revisionId: revisionId.slice(0, ID_CHARACTERS_SHOWN), ofDeployment: '' });
    });
    return followed(log, { after, types: replicaEventTypes }, known, end, async (recorded) => {
      const event = parseReplica(recorded);
      if (event.revisionId !== revisionId) return;
      const { id } = splitStream(recorded.streamId);
      const before = rows.get(id) ?? (await replicaBefore(log, recorded));
      const row = applyToReplica(before, event, id);
      rows.set(id, row);
      push({ row, atMs: null });
    });
  });
}

const factStreams = (deploymentId: string): readonly string[] => [streams.status(deploymentId), streams.deployment(deploymentId)];

async function fleetBefore(log: EventLogReader, deploymentId: string, position: number): Promise<FleetRow | null> {
  let row: FleetRow | null = null;
  for (const streamId of factStreams(deploymentId)) {
    const read = await log.readStream(streamId);
    if ('notFound' in read) continue;
    for await (const earlier of read.found) {
      if (earlier.position >= position) break;
      if (isFleetFact(earlier.type)) row = applyToFleet(row, parseFleetFact(earlier), deploymentId);
    }
  }
  return row;
}

async function replicaBefore(log: EventLogReader, recorded: RecordedEvent): Promise<ReplicaRow | null> {
  let row: ReplicaRow | null = null;
  const read = await log.readStream(recorded.streamId);
  if ('notFound' in read) return null;
  for await (const earlier of read.found) {
    if (earlier.revision >= recorded.revision) break;
    row = applyToReplica(row, parseReplica(earlier), splitStream(earlier.streamId).id);
  }
  return row;
}
