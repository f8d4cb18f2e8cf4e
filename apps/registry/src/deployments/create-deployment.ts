import { SlipwayError, streams } from '@slipway/contracts';
import { derivedId } from '@slipway/service';
import { accepted, command, type Asker } from '../registry-command.js';
import type { RegistryPorts } from '../registry-ports.js';
import { freezeRevision } from '../revisions/freeze-revision.js';
import { deploymentCreation } from './deployment-history.js';
import { readNewDeployment, type CreateDeploymentInput, type NewDeployment } from './deployment-input.js';
import { releaseNames, reserveNames } from './reserve-names.js';

export type Written = { readonly deploymentId: string; readonly position: number };

const SINGLE_NODE = { mode: 'SINGLE_NODE' as const, size: 1 };

/** A new deployment with its first revision, asked to become active. Checks everything before it records anything. */
export async function createDeployment(ports: RegistryPorts, input: CreateDeploymentInput, asker: Asker): Promise<Written> {
  const given = readNewDeployment(input);
  const deploymentId = derivedId(asker.commandId, 'deployment');
  const earlier = await deploymentCreation(ports.log, deploymentId);
  if (earlier !== null) {
    requireSame(earlier, given);
    return { deploymentId, position: await ports.log.head() };
  }
  const frozen = await freezeRevision(input.initialRevision, input.clusterConfig ?? SINGLE_NODE, ports);
  const revisionId = derivedId(asker.commandId, 'revision');
  const activationId = derivedId(asker.commandId, 'activation');
  const stamp = { createdBy: asker.actor, atMs: ports.nowMs() };

  const names = { domain: given.domain, name: given.name, hostName: given.preferredDomainName };
  const reserved = (await reserveNames(ports, deploymentId, names, asker)) ?? [];
  const revision = { type: 'CreateRevision' as const, revisionId, deploymentId, ...frozen, ...stamp };
  accepted(await command(ports, 'revision', streams.revision(revisionId), revision, asker, 'revision'), deploymentId);
  const initialRevision = { revisionId, contentHash: frozen.contentHash, activationId };
  const create = { type: 'CreateDeployment' as const, deploymentId, ...given, initialRevision, ...stamp };
  const outcome = await command(ports, 'deployment', streams.deployment(deploymentId), create, asker, 'deployment');
  const created = 'accepted' in outcome ? outcome.accepted[0] : undefined;
  const isOurs = created?.type === 'DeploymentCreated' && isSame(created, given);
  if (!isOurs) await releaseNames(ports, deploymentId, reserved, asker);
  const position = accepted(outcome, deploymentId);
  if (created?.type === 'DeploymentCreated') requireSame(created, given);
  return { deploymentId, position };
}

type Identity = Pick<NewDeployment, 'name' | 'domain' | 'project'>;

/** A key that has made another deployment: the client mixed up its keys, and is not answered with something it did not ask for. */
function requireSame(earlier: Identity, given: Identity): void {
  if (!isSame(earlier, given)) throw new SlipwayError('IDEMPOTENCY_KEY_REUSED');
}

const isSame = (a: Identity, b: Identity): boolean => a.name === b.name && a.domain === b.domain && a.project === b.project;
