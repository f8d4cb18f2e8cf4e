import { parseEventAs, SlipwayError, streams } from '@slipway/contracts';
import { deployment, type DeploymentEvent, type LivingDeployment } from '@slipway/domain';
import type { EventLogReader } from '@slipway/event-log';

const parse = parseEventAs<DeploymentEvent>();
/** Ids are made by us; whatever else somebody asks for cannot exist, and may not even be the name of a stream. */
const DEPLOYMENT_ID = /^[\w.-]{1,128}$/;
const ID_CHARACTERS_SHOWN = 120;

/** A deployment's spec as its stream tells it: now, or at a past instant. Null when it did not exist. */
export async function deploymentAt(log: EventLogReader, deploymentId: string, atMs = Number.POSITIVE_INFINITY): Promise<LivingDeployment | null> {
  if (!DEPLOYMENT_ID.test(deploymentId)) return null;
  const read = await log.readStream(streams.deployment(deploymentId));
  if ('notFound' in read) return null;
  let state = deployment.initialState;
  for await (const recorded of read.found) {
    if (recorded.recordedAtMs > atMs) break;
    state = deployment.evolve(state, parse(recorded));
  }
  return state.phase === 'absent' ? null : state;
}

/** What a deployment was made as; null when there is none. */
export async function deploymentCreation(log: EventLogReader, deploymentId: string): Promise<Extract<DeploymentEvent, { type: 'DeploymentCreated' }> | null> {
  const read = await log.readStream(streams.deployment(deploymentId), { limit: 1 });
  if ('notFound' in read) return null;
  for await (const recorded of read.found) {
    const event = parse(recorded);
    if (event.type === 'DeploymentCreated') return event;
  }
  return null;
}

export async function existingDeployment(log: EventLogReader, deploymentId: string): Promise<LivingDeployment> {
  const state = await deploymentAt(log, deploymentId);
  if (state === null) throw new SlipwayError('DEPLOYMENT_NOT_FOUND', { deploymentId: deploymentId.slice(0, ID_CHARACTERS_SHOWN) });
  return state;
}
