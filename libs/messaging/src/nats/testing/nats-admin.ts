import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { freePort, locateNatsServer } from '@slipway/local-servers';

/** The server answers at once, however long a busy machine takes to let it. */
const ANSWER_LIMIT_MS = 60_000;

/** What somebody does by hand. */
export async function byHand<T>(url: string, work: (jsm: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: new URL(url).host, timeout: ANSWER_LIMIT_MS });
  try {
    return await work(await jetstreamManager(connection, { timeout: ANSWER_LIMIT_MS }));
  } finally {
    await connection.close();
  }
}

export async function publishByHand(url: string, subject: string, text: string): Promise<void> {
  const connection = await connect({ servers: new URL(url).host, timeout: ANSWER_LIMIT_MS });
  await connection.request(subject, text, { timeout: ANSWER_LIMIT_MS });
  await connection.close();
}

/** Something that listens for NATS clients, at `host`. */
export type Listener = AsyncDisposable & { readonly host: string };

/** A nats-server with a configuration of its own. */
export async function startConfiguredServer(configuration: string): Promise<Listener> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'slipway-nats-'));
  const host = `127.0.0.1:${await freePort()}`;
  const file = path.join(directory, 'nats.conf');
  await fs.writeFile(file, `listen: ${host}\n${configuration.replaceAll('$DIRECTORY', JSON.stringify(directory))}`);
  const server = spawn(locateNatsServer() ?? '', ['-c', file], { stdio: 'ignore' });
  return {
    host,
    [Symbol.asyncDispose]: async () => {
      const exit = once(server, 'exit');
      server.kill('SIGKILL');
      await exit;
      await fs.rm(directory, { recursive: true, force: true });
    },
  };
}

/** Greets as a server of this version and answers pings. */
export async function startServerOfVersion(version: string): Promise<Listener> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.write(`INFO ${JSON.stringify({ server_id: 'x', version, proto: 1, headers: true, max_payload: 1_048_576 })}\r\n`);
    socket.on('data', (data) => data.includes('PING') && socket.write('PONG\r\n'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
