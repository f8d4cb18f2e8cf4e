import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SETUP_DIRECTORY } from '../workspace.mjs';

export const onPath = (program) => (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)));

/** A nats-server of this machine, or the one that was fetched for the tests; null when there is none. */
export function natsServer() {
  if (process.env.NATS_SERVER) return process.env.NATS_SERVER;
  const fetched = join(SETUP_DIRECTORY, 'servers/usr/sbin/nats-server');
  return onPath('nats-server') ? 'nats-server' : existsSync(fetched) ? fetched : null;
}
