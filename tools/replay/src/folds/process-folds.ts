import { splitStream } from '@slipway/contracts';
import { fleetProcess, registrarProcess, type Process } from '@slipway/domain';

export type AnyProcess = Process<unknown, unknown, { readonly type: string }>;

/** Every process of this release, by the name its streams bear. */
export const processes: Readonly<Record<string, AnyProcess>> = { fleet: fleetProcess, registrar: registrarProcess };

export type ProcessPlace = { readonly name: string; readonly key: string; readonly process: AnyProcess };

/** `process-fleet-7f…` → the fleet process, for 7f…; null when the stream is of no process of this release. */
export function processOf(streamId: string): ProcessPlace | null {
  const { category, id } = splitStream(streamId);
  if (category !== 'process') return null;
  const names = Object.keys(processes).filter((name) => id.startsWith(`${name}-`));
  const [name] = names.sort((a, b) => b.length - a.length); // the longest: a name may begin with another
  const process = name === undefined ? undefined : processes[name];
  return name === undefined || process === undefined ? null : { name, key: id.slice(name.length + 1), process };
}
