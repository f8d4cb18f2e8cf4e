import { parseEventAs, SlipwayError, streams } from '@slipway/contracts';
import { deployment, type DeploymentEvent, type LivingDeployment } from '@slipway/domain';
import type { EventLogReader } from '@slipway/event-log';

const parse = parseEventAs<DeploymentEvent>();

/** A deployment's spec as its stream tells it: now, or at a past instant. Null when it did not exist. */
export async function deploymentAt(log: EventLogReader, deploymentId: string, atMs = Number.POSITIVE_INFINITY): Promise<LivingDeployment | null> {
  const read = await log.readStream(streams.deployment(deploymentId));
  if ('notFound' in read) return null;
  let state = deployment.initialState;
  for await (const recorded of read.found) {
    if (recorded.recordedAtMs > atMs) break;
    state = deployment.evolve(state, parse(recorded));
  }
  return state.phase === 'absent' ? null : state;
}

export async function existingDeployment(log: EventLogReader, deploymentId: string): Promise<LivingDeployment> {
  const state = await deploymentAt(log, deploymentId);
  if (state === null) throw new SlipwayError('DEPLOYMENT_NOT_FOUND', { deploymentId });
  return state;
}
