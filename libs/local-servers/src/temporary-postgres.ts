import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { LocalServer } from './nats-server.js';
import { startPostgres, type PostgresOptions } from './postgres-server.js';

/** A PostgreSQL server for a test: disposing it stops it and removes its data, stopping it keeps them for the next start. */
export async function startTemporaryPostgres(options: Omit<PostgresOptions, 'directory'> = {}): Promise<LocalServer> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), `slipway-postgres-${process.pid}-`));
  const remove = (): void => fs.rmSync(directory, { recursive: true, force: true });
  fs.chmodSync(directory, 0o711); // the server may run as another user
  const server = await startPostgres({ ...options, directory: path.join(directory, 'postgres') }).catch((error: unknown) => {
    remove();
    throw error;
  });
  const dispose = async (): Promise<void> => {
    await server[Symbol.asyncDispose]();
    remove();
  };
  return Object.create(server, { [Symbol.asyncDispose]: { value: dispose } }) as LocalServer;
}
