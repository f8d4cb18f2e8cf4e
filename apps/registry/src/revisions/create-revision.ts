import { parseEventAs, SlipwayError, streams } from '@slipway/contracts';
import { registeredRevision, type ClusterConfig, type LivingDeployment, type RevisionEvent } from '@slipway/domain';
import { derivedId } from '@slipway/service';
import { existingDeployment } from '../deployments/deployment-history.js';
import { accepted, command, type Asker } from '../registry-command.js';
import type { RegistryPorts } from '../registry-ports.js';
import { freezeRevision } from './freeze-revision.js';
import type { RevisionInput } from './revision-input.js';

export type RevisionWritten = { readonly revisionId: string; readonly deploymentId: string; readonly position: number };

/**
 * Publishes a revision; it does not activate it (S1.97). The content is recorded first, then the deployment gives it its
 * number: a crash in between leaves content nobody refers to, which the same request picks up when it is repeated.
 */
export async function createRevision(ports: RegistryPorts, deploymentId: string, input: RevisionInput, asker: Asker): Promise<RevisionWritten> {
  const deployment = await existingDeployment(ports.log, deploymentId);
  if (deployment.phase !== 'living') throw new SlipwayError('DEPLOYMENT_GONE', { deploymentId });
  const revisionId = derivedId(asker.commandId, `revision/${deploymentId}`);
  if (registeredRevision(deployment, revisionId) !== null) return { revisionId, deploymentId, position: await ports.log.head() };
  const frozen = await freezeRevision(input, await inheritedCluster(ports, deployment), ports);
  const atMs = ports.nowMs();
  const create = { type: 'CreateRevision' as const, revisionId, deploymentId, ...frozen, createdBy: asker.actor, atMs };
  accepted(await command(ports, 'revision', streams.revision(revisionId), create, asker, 'revision'), deploymentId);
  const register = { type: 'RegisterRevision' as const, revisionId, contentHash: frozen.contentHash, atMs };
  const outcome = await command(ports, 'deployment', streams.deployment(deploymentId), register, asker, 'register');
  return { revisionId, deploymentId, position: accepted(outcome, deploymentId) };
}

/** A revision takes over its deployment's cluster configuration unless it says otherwise (X5). */
async function inheritedCluster(ports: RegistryPorts, deployment: LivingDeployment): Promise<ClusterConfig> {
  const newest = Object.values(deployment.revisions).sort((a, b) => b.number - a.number)[0];
  const revisionId = deployment.activeRevisionId ?? newest?.revisionId;
  const created = revisionId === undefined ? null : await revisionContent(ports.log, revisionId);
  return created?.spec.clusterConfig ?? { mode: 'SINGLE_NODE', size: 1 };
}

const parse = parseEventAs<RevisionEvent>();

export async function revisionContent(log: RegistryPorts['log'], revisionId: string): Promise<RevisionEvent | null> {
  const read = await log.readStream(streams.revision(revisionId), { limit: 1 });
  if ('notFound' in read) return null;
  for await (const recorded of read.found) return parse(recorded);
  return null;
}
