import { invalidInput, SlipwayError, streams } from '@slipway/contracts';
import { configurationText, DEFAULT_STICKINESS, type ActivationCause, type DeploymentSettings, type LivingDeployment } from '@slipway/domain';
import { derivedId } from '@slipway/service';
import { sha256Hex } from '../ids.js';
import { accepted, command, type Asker } from '../registry-command.js';
import type { RegistryPorts } from '../registry-ports.js';
import type { Written } from './create-deployment.js';
import { deploymentAt, existingDeployment } from './deployment-history.js';
import { readDeploymentChange, type DeploymentChange, type UpdateDeploymentInput } from './deployment-input.js';
import { releaseNames, reserveNames } from './reserve-names.js';

/** Changes settings and, when asked, which revision is active: all of it or nothing. */
export async function updateDeployment(ports: RegistryPorts, input: UpdateDeploymentInput, asker: Asker): Promise<Written> {
  const change = readDeploymentChange(input);
  const why = readWhy(input.reason);
  const revisionId = input.activeRevisionId ?? null;
  if (why.reason !== undefined && revisionId === null) throw invalidInput([{ field: 'reason', problem: 'is kept with an activation: give activeRevisionId too, or leave it out' }]);
  const state = await existingDeployment(ports.log, input.id);
  return apply(ports, state, change, revisionId === null ? null : { revisionId, cause: { kind: 'activate', ...why } }, asker);
}

export type RollbackTarget = { readonly toRevisionId: string } | { readonly toTimeMs: number };

/**
 * Back to a revision, or to the whole configuration of a past instant (settings and active revision). The latter is
 * verified by hash once the rollout is complete.
 */
export async function rollbackDeployment(ports: RegistryPorts, deploymentId: string, to: RollbackTarget, reason: string | null, asker: Asker): Promise<Written> {
  const why = readWhy(reason);
  const state = await existingDeployment(ports.log, deploymentId);
  if ('toRevisionId' in to) {
    const cause: ActivationCause = { kind: 'rollback', toTimeMs: null, expectedHash: null, ...why };
    return apply(ports, state, { settings: {} }, { revisionId: to.toRevisionId, cause }, asker);
  }
  const atTime = new Date(to.toTimeMs).toISOString();
  const then = await deploymentAt(ports.log, deploymentId, to.toTimeMs);
  if (then === null) throw new SlipwayError('NOTHING_AT_THAT_TIME', { deploymentId, atTime });
  if (then.activeRevisionId === null) throw new SlipwayError('NO_REVISION_AT_THAT_TIME', { deploymentId, atTime });
  const expectedHash = sha256Hex(configurationText(then));
  const cause: ActivationCause = { kind: 'rollback', toTimeMs: to.toTimeMs, expectedHash, ...why };
  return apply(ports, state, { settings: settingsOf(then) }, { revisionId: then.activeRevisionId, cause }, asker);
}

/**
 * Activates once more what a rollout that turned back, or failed, did not arrive at.
 * @throws SlipwayError NOTHING_TO_RETRY, DEPLOYMENT_NOT_FOUND, DEPLOYMENT_GONE
 */
export async function retryRollout(ports: RegistryPorts, deploymentId: string, rolloutId: string, reason: string | null, asker: Asker): Promise<Written> {
  await existingDeployment(ports.log, deploymentId);
  const activationId = derivedId(asker.commandId, `activation/${deploymentId}`);
  const retry = { type: 'RetryActivation' as const, activationId, ofRolloutId: rolloutId, ...readWhy(reason), atMs: ports.nowMs() };
  const outcome = await command(ports, 'deployment', streams.deployment(deploymentId), retry, asker, 'retry');
  return { deploymentId, position: accepted(outcome, deploymentId) };
}

/** Deletes a deployment: it stops taking traffic, drains, and is gone when its last replica has stopped. */
export async function deleteDeployment(ports: RegistryPorts, deploymentId: string, asker: Asker): Promise<Written> {
  await existingDeployment(ports.log, deploymentId);
  const remove = { type: 'DeleteDeployment' as const, atMs: ports.nowMs() };
  const outcome = await command(ports, 'deployment', streams.deployment(deploymentId), remove, asker, 'delete');
  return { deploymentId, position: accepted(outcome, deploymentId) };
}

type WantedActivation = { readonly revisionId: string; readonly cause: ActivationCause };

async function apply(ports: RegistryPorts, state: LivingDeployment, wanted: DeploymentChange, activation: WantedActivation | null, asker: Asker): Promise<Written> {
  const { deploymentId, domain } = state;
  const { name, settings } = wanted;
  if (state.phase !== 'living') throw new SlipwayError('DEPLOYMENT_GONE', { deploymentId });
  const newName = name === state.name ? undefined : name;
  const hostName = settings.preferredDomainName === state.preferredDomainName ? undefined : settings.preferredDomainName;
  const reserved = await reserveNames(ports, deploymentId, { domain, name: newName, hostName }, asker);
  if (reserved === null) return apply(ports, await existingDeployment(ports.log, deploymentId), wanted, activation, asker);
  const change = {
    type: 'ChangeDeployment' as const,
    settings,
    ...(newName === undefined ? {} : { name: newName }),
    ...(activation === null ? {} : { activation: { activationId: derivedId(asker.commandId, `activation/${deploymentId}`), ...activation } }),
    atMs: ports.nowMs(),
  };
  const outcome = await command(ports, 'deployment', streams.deployment(deploymentId), change, asker, 'change');
  if ('rejected' in outcome) await releaseNames(ports, deploymentId, reserved, asker);
  return { deploymentId, position: accepted(outcome, deploymentId) };
}

/** Characters of the reason a person gives. */
const REASON_CHARACTERS_MAX = 1_000;

/** @throws SlipwayError INVALID_INPUT when it is too long */
export function readWhy(reason: string | null | undefined): { readonly reason?: string } {
  const text = reason?.trim() ?? '';
  if (text.length > REASON_CHARACTERS_MAX) throw invalidInput([{ field: 'reason', problem: `has ${text.length} characters; ${REASON_CHARACTERS_MAX} are allowed` }]);
  return text === '' ? {} : { reason: text };
}

function settingsOf({ openToPublic, preferredDomainName, tags, strategy, desiredReplicaCount, stickiness = DEFAULT_STICKINESS }: LivingDeployment): DeploymentSettings {
  return { openToPublic, preferredDomainName, tags, strategy, desiredReplicaCount, stickiness };
}
