import { SlipwayError, streams } from '@slipway/contracts';
import { setTimeout } from 'node:timers/promises';
import { command, type Asker } from '../registry-command.js';
import type { RegistryPorts } from '../registry-ports.js';
import { deploymentAt } from './deployment-history.js';

export type WantedNames = { readonly domain: string; readonly name?: string | undefined; readonly hostName?: string | null | undefined };

/** How long a request waits for another one of the same deployment that is about to take up the same name. */
export const RESERVED_WAIT_MS = 10_000;
const RESERVED_LOOK_INTERVAL_MS = 20;

/**
 * Reserves a name in its domain, and a host name, for one change of one deployment. A reservation belongs to the request
 * that made it: another request of the same deployment waits until it is taken up or given back, so that nobody gives back
 * what somebody else is about to take up. When the second name is taken the first is given back; a crash in between is made
 * good by the registrar process.
 * @returns the streams of the names reserved for this request; null when the deployment bears one of them by now.
 * @throws SlipwayError NAME_TAKEN, HOST_NAME_TAKEN; CONTENTION when the other request takes too long
 */
export async function reserveNames(ports: RegistryPorts, deploymentId: string, wanted: WantedNames, asker: Asker): Promise<readonly string[] | null> {
  const { domain, name, hostName } = wanted;
  const reserved: string[] = [];
  if (name !== undefined) {
    const nameStream = streams.name(domain, name);
    const outcome = await reserve(ports, deploymentId, nameStream, asker, 'name');
    if (outcome === 'taken') throw new SlipwayError('NAME_TAKEN', { name, domain });
    if (outcome === 'borne') return null;
    reserved.push(nameStream);
  }
  if (hostName !== undefined && hostName !== null) {
    const nameStream = streams.host(hostName);
    const outcome = await reserve(ports, deploymentId, nameStream, asker, 'host');
    if (outcome === 'borne') return null;
    if (outcome === 'taken') {
      await releaseNames(ports, deploymentId, reserved, asker);
      throw new SlipwayError('HOST_NAME_TAKEN', { hostName });
    }
    reserved.push(nameStream);
  }
  return reserved;
}

async function reserve(ports: RegistryPorts, deploymentId: string, nameStream: string, asker: Asker, step: string): Promise<'reserved' | 'borne' | 'taken'> {
  const { reservedWaitMs = RESERVED_WAIT_MS } = ports;
  for (const beganMs = performance.now(); ; await setTimeout(RESERVED_LOOK_INTERVAL_MS)) {
    const outcome = await command(ports, 'name', nameStream, { type: 'ReserveName', deploymentId, atMs: ports.nowMs() }, asker, step);
    if ('rejected' in outcome) return 'taken';
    if (outcome.accepted.length > 0) return 'reserved';
    if (await bears(ports, deploymentId, nameStream)) return 'borne';
    if (performance.now() - beganMs > reservedWaitMs) throw new SlipwayError('CONTENTION');
  }
}

/** Gives back what was reserved for a change that was refused. */
export async function releaseNames(ports: RegistryPorts, deploymentId: string, reserved: readonly string[], asker: Asker): Promise<void> {
  for (const nameStream of reserved) await releaseUnused(ports, deploymentId, nameStream, asker);
}

/** Gives a name back, unless its deployment bears it by now. */
export async function releaseUnused(ports: RegistryPorts, deploymentId: string, nameStream: string, asker: Asker): Promise<void> {
  if (await bears(ports, deploymentId, nameStream)) return;
  await command(ports, 'name', nameStream, { type: 'ReleaseName', deploymentId, atMs: ports.nowMs() }, asker, `release/${nameStream}`);
}

async function bears({ log }: Pick<RegistryPorts, 'log'>, deploymentId: string, nameStream: string): Promise<boolean> {
  const state = await deploymentAt(log, deploymentId);
  if (state === null || state.phase === 'deleted') return false;
  return nameStream === streams.name(state.domain, state.name) || (state.preferredDomainName !== null && nameStream === streams.host(state.preferredDomainName));
}
