import { accessSync, constants, mkdirSync } from 'node:fs';
import net from 'node:net';
import type { StandaloneConfig } from '../config.js';

/** Something a person can mend; its message is the one line they need. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

/** A killed platform's processes may take this long to let go of their ports. */
const PORT_WAIT_MS = 3000;
const PORT_POLL_MS = 100;

/** Refuses, before anything is started, what could not work. */
export async function preflight(config: StandaloneConfig): Promise<void> {
  prepareDirectory(config.dataDir);
  await Promise.all([
    portIsFree(config.host, config.gatewayPort, 'SLIPWAY_GATEWAY_PORT'),
    portIsFree(config.host, config.proxyPort, 'SLIPWAY_PROXY_PORT'),
  ]);
  if (config.gatewayPort === config.proxyPort) throw new CannotStart('SLIPWAY_GATEWAY_PORT and SLIPWAY_PROXY_PORT must differ');
}

function prepareDirectory(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CannotStart(`the data directory ${dataDir} cannot be written (${code}); set SLIPWAY_DATA_DIR to one that can`);
  }
}

async function portIsFree(host: string, port: number, variable: string): Promise<void> {
  const untilMs = Date.now() + PORT_WAIT_MS;
  for (;;) {
    const problem = await tryPort(host, port);
    if (problem === null) return;
    if (problem !== 'EADDRINUSE') throw new CannotStart(`cannot listen on ${host}:${port} (${problem}); set ${variable} to another port`);
    if (Date.now() > untilMs) throw new CannotStart(`port ${port} is in use; stop what uses it or set ${variable} to another port`);
    await new Promise((resolve) => setTimeout(resolve, PORT_POLL_MS));
  }
}

function tryPort(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
