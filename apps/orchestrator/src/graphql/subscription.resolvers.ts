import { parseEventAs, replicaEventTypes, SlipwayError, splitStream, streams, statusEventTypes } from '@slipway/contracts';
import type { ReplicaEvent, StatusEvent } from '@slipway/domain';
import type { EventFilter, EventLogReader, RecordedEvent } from '@slipway/event-log';
import { liveIterator, type Resolvers } from '@slipway/service';
import { applyToFleet, type FleetRow } from '../read-models/fleets.projection.js';
import { applyToReplica, type ReplicaRow } from '../read-models/replicas.projection.js';
import { deploymentSpec } from '../replicas/revision-facts.js';
import { unheardOf, type FleetView, type ReplicaView, type ResolverPorts } from './resolver-ports.js';

const parseStatus = parseEventAs<StatusEvent>();
const parseReplica = parseEventAs<ReplicaEvent>();

export function subscriptionResolvers({ log }: ResolverPorts): Resolvers {
  return {
    Subscription: {
      deploymentStatusChanged: {
        subscribe: (_: unknown, { deploymentId }: { deploymentId: string }) => statusChanges(log, deploymentId),
        resolve: (view: FleetView) => view,
      },
      replicaStatusChanged: {
        subscribe: (_: unknown, { revisionId }: { revisionId: string }) => replicaChanges(log, revisionId),
        resolve: (view: ReplicaView) => view,
      },
    },
  };
}

/** The value pushed is the deployment at that change, so that quick changes are each seen. */
function statusChanges(log: EventLogReader, deploymentId: string): AsyncIterableIterator<FleetView> {
  return liveIterator((push, end) => {
    let fleet: FleetRow = unheardOf(deploymentId);
    const known = deploymentSpec(log, deploymentId).then((spec) => {
      if (spec === null) throw new SlipwayError('DEPLOYMENT_NOT_FOUND', { deploymentId });
      fleet = { ...fleet, desired: spec.desiredReplicaCount };
    });
    return followed(log, { types: statusEventTypes, streamPrefixes: [streams.status(deploymentId)] }, known, end, (recorded) => {
      const event = parseStatus(recorded);
      fleet = applyToFleet(fleet, event, deploymentId);
      if (event.type === 'DeploymentStatusChanged') push({ id: deploymentId, atMs: null, fleet });
    });
  });
}

function replicaChanges(log: EventLogReader, revisionId: string): AsyncIterableIterator<ReplicaView> {
  return liveIterator((push, end) => {
    const rows = new Map<string, ReplicaRow>();
    return followed(log, { types: replicaEventTypes }, Promise.resolve(), end, async (recorded) => {
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

/** Follows the log from now on until the subscriber leaves; `before` must have settled before the first event is taken. */
function followed(
  log: EventLogReader,
  filter: EventFilter,
  before: Promise<unknown>,
  end: (error?: Error) => void,
  take: (recorded: RecordedEvent) => void | Promise<void>,
): () => void {
  const leaving = new AbortController();
  const messages = log.follow({ after: 'end', filter, signal: leaving.signal });
  const run = async (): Promise<void> => {
    await before;
    for await (const message of messages) if ('event' in message) await take(message.event);
  };
  run().then(
    () => end(),
    (error: unknown) => end(error instanceof Error ? error : new Error(String(error))),
  );
  return () => leaving.abort();
}
