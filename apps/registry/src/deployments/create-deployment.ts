import { streams } from '@slipway/contracts';
import { derivedId } from '../ids.js';
import { accepted, command, type Asker } from '../registry-command.js';
import type { RegistryPorts } from '../registry-ports.js';
import { freezeRevision } from '../revisions/freeze-revision.js';
import { readNewDeployment, type CreateDeploymentInput } from './deployment-input.js';
import { releaseStream, reserveNames } from './reserve-names.js';

export type Written = { readonly deploymentId: string; readonly position: number };

const SINGLE_NODE = { mode: 'SINGLE_NODE' as const, size: 1 };

/** A new deployment with its first revision, asked to become active. Checks everything before it records anything. */
export async function createDeployment(ports: RegistryPorts, input: CreateDeploymentInput, asker: Asker): Promise<Written> {
  const given = readNewDeployment(input);
  const frozen = await freezeRevision(input.initialRevision, input.clusterConfig ?? SINGLE_NODE, ports);
  const deploymentId = derivedId(asker.commandId, 'deployment');
  const revisionId = derivedId(asker.commandId, 'revision');
  const activationId = derivedId(asker.commandId, 'activation');
  const stamp = { createdBy: asker.actor, atMs: ports.nowMs() };

  await reserveNames(ports, deploymentId, { domain: given.domain, name: given.name, hostName: given.preferredDomainName }, asker);
  const revision = { type: 'CreateRevision' as const, revisionId, deploymentId, ...frozen, ...stamp };
  accepted(await command(ports, 'revision', streams.revision(revisionId), revision, asker, 'revision'), deploymentId);
  const initialRevision = { revisionId, contentHash: frozen.contentHash, activationId };
  const create = { type: 'CreateDeployment' as const, deploymentId, ...given, initialRevision, ...stamp };
  const outcome = await command(ports, 'deployment', streams.deployment(deploymentId), create, asker, 'deployment');
  if ('rejected' in outcome) await releaseStream(ports, streams.name(given.domain, given.name), deploymentId, asker);
  return { deploymentId, position: accepted(outcome, deploymentId) };
}
