import { SlipwayError, streams } from '@slipway/contracts';
import { command, type Asker } from '../registry-command.js';
import type { RegistryPorts } from '../registry-ports.js';
import { deploymentAt } from './deployment-history.js';

export type WantedNames = { readonly domain: string; readonly name?: string | undefined; readonly hostName?: string | null | undefined };

/**
 * Reserves a name in its domain, and a host name, for one deployment. When the second is taken the first is given back;
 * a crash in between is made good by the registrar process.
 */
export async function reserveNames(ports: RegistryPorts, deploymentId: string, wanted: WantedNames, asker: Asker): Promise<void> {
  const { domain, name, hostName } = wanted;
  const atMs = ports.nowMs();
  if (name !== undefined) {
    const outcome = await command(ports, 'name', streams.name(domain, name), { type: 'ReserveName', deploymentId, atMs }, asker, 'name');
    if ('rejected' in outcome) throw new SlipwayError('NAME_TAKEN', { name, domain });
  }
  if (hostName === undefined || hostName === null) return;
  const outcome = await command(ports, 'name', streams.host(hostName), { type: 'ReserveName', deploymentId, atMs }, asker, 'host');
  if (!('rejected' in outcome)) return;
  if (name !== undefined) await releaseUnused(ports, deploymentId, streams.name(domain, name), asker);
  throw new SlipwayError('HOST_NAME_TAKEN', { hostName });
}

/** Gives back what was reserved for a change that was refused. */
export async function releaseNames(ports: RegistryPorts, deploymentId: string, { domain, name, hostName }: WantedNames, asker: Asker): Promise<void> {
  if (name !== undefined) await releaseUnused(ports, deploymentId, streams.name(domain, name), asker);
  if (hostName !== undefined && hostName !== null) await releaseUnused(ports, deploymentId, streams.host(hostName), asker);
}

/** Gives a name back, unless its deployment bears it by now: another request may have taken up what this one did not. */
export async function releaseUnused(ports: RegistryPorts, deploymentId: string, nameStream: string, asker: Asker): Promise<void> {
  const state = await deploymentAt(ports.log, deploymentId);
  if (state !== null && state.phase !== 'deleted') {
    const used = [streams.name(state.domain, state.name), ...(state.preferredDomainName === null ? [] : [streams.host(state.preferredDomainName)])];
    if (used.includes(nameStream)) return;
  }
  await command(ports, 'name', nameStream, { type: 'ReleaseName', deploymentId, atMs: ports.nowMs() }, asker, `release/${nameStream}`);
}
