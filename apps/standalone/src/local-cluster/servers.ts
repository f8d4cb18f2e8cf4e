import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { locateNatsServer, locatePostgres, startNatsServer, startPostgres } from '@slipway/local-servers';
import { CannotStart } from '../supervisor/preflight.js';
import type { LocalClusterConfig } from './config.js';

export type ServerUrls = { readonly databaseUrl: string; readonly natsUrl: string; readonly logUrl: string };

/** Those of PostgreSQL and NATS that were not given are started, and stopped again through `opened`. */
export async function openServers(config: LocalClusterConfig, opened: AsyncDisposableStack): Promise<ServerUrls> {
  const folder = path.join(config.dataDir, 'servers');
  mkdirSync(folder, { recursive: true });
  // PostgreSQL does not run as root: then the user it runs as must be able to come to its folder, though not to look around.
  if (process.getuid?.() === 0) for (const directory of [config.dataDir, folder]) chmodSync(directory, 0o711);
  const [databaseUrl, natsUrl] = await Promise.all([
    config.databaseUrl ?? ownPostgres(path.join(folder, 'postgres'), opened),
    config.natsUrl ?? ownNats(path.join(folder, 'nats'), opened),
  ]);
  return { databaseUrl, natsUrl, logUrl: config.logUrl ?? databaseUrl };
}

async function ownPostgres(directory: string, opened: AsyncDisposableStack): Promise<string> {
  if (locatePostgres() === null) throw new CannotStart('there is no PostgreSQL on this machine; install it, put its folder into POSTGRES_BIN, or set SLIPWAY_DATABASE_URL');
  return opened.use(await startPostgres({ directory })).url;
}

async function ownNats(directory: string, opened: AsyncDisposableStack): Promise<string> {
  if (locateNatsServer() === null) throw new CannotStart('there is no nats-server on this machine; install it, put its path into NATS_SERVER, or set SLIPWAY_NATS_URL');
  return opened.use(await startNatsServer({ directory })).url;
}
