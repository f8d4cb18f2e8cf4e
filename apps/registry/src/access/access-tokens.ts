import { createHmac, randomBytes } from 'node:crypto';
import { invalidInput, SlipwayError, streams } from '@slipway/contracts';
import { derivedId } from '@slipway/service';
import { existingDeployment } from '../deployments/deployment-history.js';
import { sha256Hex } from '../ids.js';
import { accepted, command, type Asker } from '../registry-command.js';
import { PROXY_ACKNOWLEDGEMENT_MS, type RegistryPorts } from '../registry-ports.js';

const TOKEN_PREFIX = 'slipway_';
const TOKEN_BYTES = 32;
const SHOWN_CHARACTERS = 14;
const NAME_CHARACTERS_MAX = 128;

export type NewToken = { readonly tokenId: string; readonly token: string; readonly position: number };
export type TokenInput = { readonly deploymentId: string; readonly name: string | null; readonly expiresAtMs: number | null; readonly mayPinRevisions: boolean };

/** Makes a data-plane token. It is shown once; the log keeps its hash. Returns when every living proxy knows it, or after a bounded wait. */
export async function createAccessToken(
  ports: RegistryPorts,
  { deploymentId, name, expiresAtMs, mayPinRevisions }: TokenInput,
  asker: Asker & { readonly idempotencyKey: string | null },
): Promise<NewToken> {
  if (name !== null && (name === '' || name.length > NAME_CHARACTERS_MAX || /\p{Cc}/u.test(name)))
    throw invalidInput([{ field: 'name', problem: `is 1 to ${NAME_CHARACTERS_MAX} characters without control characters` }]);
  const deployment = await existingDeployment(ports.log, deploymentId);
  if (deployment.phase !== 'living') throw new SlipwayError('DEPLOYMENT_GONE', { deploymentId });
  const tokenId = derivedId(asker.commandId, `token/${deploymentId}`);
  const token = secretFor(ports, deploymentId, asker);
  const atMs = ports.nowMs();
  const create = {
    type: 'CreateAccessToken' as const,
    tokenId,
    deploymentId,
    name,
    hash: sha256Hex(token),
    prefix: token.slice(0, SHOWN_CHARACTERS),
    createdBy: asker.actor,
    expiresAtMs,
    mayPinRevisions,
    atMs,
  };
  const position = accepted(await command(ports, 'access', streams.access(deploymentId), create, asker, 'token'), deploymentId);
  await ports.proxies.waitFor(position, PROXY_ACKNOWLEDGEMENT_MS);
  return { tokenId, token, position };
}

export type TokenDeleted = { readonly position: number; readonly acknowledged: readonly string[]; readonly missing: readonly string[] };

/** Revokes a token; returns when every living proxy has acknowledged it, and names those that have not. */
export async function deleteAccessToken(ports: RegistryPorts, deploymentId: string, tokenId: string, asker: Asker): Promise<TokenDeleted> {
  await existingDeployment(ports.log, deploymentId);
  const remove = { type: 'DeleteAccessToken' as const, tokenId, atMs: ports.nowMs() };
  const position = accepted(await command(ports, 'access', streams.access(deploymentId), remove, asker, 'delete'), deploymentId);
  return { position, ...(await ports.proxies.waitFor(position, PROXY_ACKNOWLEDGEMENT_MS)) };
}

/** With an idempotency key a repeated request must be given the same token, so it is derived from a key only we have. */
function secretFor(ports: RegistryPorts, deploymentId: string, asker: Asker & { readonly idempotencyKey: string | null }): string {
  if (asker.idempotencyKey === null) return TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
  return TOKEN_PREFIX + createHmac('sha256', ports.tokenKey).update(`token\0${deploymentId}\0${asker.commandId}`).digest('base64url');
}
