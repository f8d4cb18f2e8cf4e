import { SettingsError } from '../settings/settings-error.js';
import { causeOf } from './cause-of-error.js';
import { EXIT } from './exit-codes.js';

export type StartFailure = {
  readonly exitCode: number;
  /** One for each problem; more than one only for settings. */
  readonly lines: readonly string[];
};

/** How a failed start is told: a known cause by its message alone, a fault of ours as such. */
export function startFailure(error: unknown): StartFailure {
  if (error instanceof SettingsError) return { exitCode: EXIT.configuration, lines: error.problems };
  const { code, message } = causeOf(error);
  // Codes of Node's own argument checks mean that we called it wrongly.
  if (code === null || code.startsWith('ERR_')) return { exitCode: EXIT.internal, lines: [`internal error: ${message} (the log has the stack)`] };
  const { address, port } = error as { address?: string; port?: number };
  if (port !== undefined && code === 'EADDRINUSE') return { exitCode: EXIT.later, lines: [`port ${port} on ${address ?? 'this machine'} is in use; give this service another one`] };
  if (port !== undefined && code === 'EADDRNOTAVAIL') return { exitCode: EXIT.later, lines: [`${address ?? 'the address'} is not an address of this machine`] };
  if (port !== undefined && code === 'EACCES') return { exitCode: EXIT.later, lines: [`this user may not listen on port ${port}; take one from 1024 on`] };
  return { exitCode: EXIT.later, lines: [message] };
}
