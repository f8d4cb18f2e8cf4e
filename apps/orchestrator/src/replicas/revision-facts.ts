import { parseEventAs, streams } from '@slipway/contracts';
import { deployment, type DeploymentEvent, type LivingDeployment, type RevisionEvent } from '@slipway/domain';
import type { EventLogReader } from '@slipway/event-log';

const parseRevision = parseEventAs<RevisionEvent>();
const parseDeployment = parseEventAs<DeploymentEvent>();

/** Ids are made by us; whatever else somebody asks for cannot exist, and may not even be the name of a stream. */
const ID = /^[\w.-]{1,128}$/;

/** A revision as it was frozen. It is there: nobody activates what does not exist. */
export async function frozenRevision(log: EventLogReader, revisionId: string): Promise<RevisionEvent> {
  const revision = await findRevision(log, revisionId);
  if (revision === null) throw new Error(`revision ${revisionId} is not in the log`);
  return revision;
}

export async function findRevision(log: EventLogReader, revisionId: string): Promise<RevisionEvent | null> {
  if (!ID.test(revisionId)) return null;
  const read = await log.readStream(streams.revision(revisionId), { limit: 1 });
  if ('found' in read) for await (const recorded of read.found) return parseRevision(recorded);
  return null;
}

/** The spec of a deployment as its stream tells it, up to an instant. */
export async function deploymentSpec(log: EventLogReader, deploymentId: string, atMs = Number.POSITIVE_INFINITY): Promise<LivingDeployment | null> {
  if (!ID.test(deploymentId)) return null;
  const read = await log.readStream(streams.deployment(deploymentId));
  if ('notFound' in read) return null;
  let state = deployment.initialState;
  for await (const recorded of read.found) {
    if (recorded.recordedAtMs > atMs) break;
    state = deployment.evolve(state, parseDeployment(recorded));
  }
  return state.phase === 'absent' ? null : state;
}
