import { SlipwayError, streams } from '@slipway/contracts';
import { command, type Asker } from '../registry-command.js';
import type { RegistryPorts } from '../registry-ports.js';

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
  if (name !== undefined) await releaseStream(ports, streams.name(domain, name), deploymentId, asker);
  throw new SlipwayError('HOST_NAME_TAKEN', { hostName });
}

export async function releaseStream(ports: RegistryPorts, nameStream: string, deploymentId: string, asker: Asker): Promise<void> {
  await command(ports, 'name', nameStream, { type: 'ReleaseName', deploymentId, atMs: ports.nowMs() }, asker, `release/${nameStream}`);
}
