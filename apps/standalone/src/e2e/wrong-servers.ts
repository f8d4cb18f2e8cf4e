import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { freePort, locateNatsServer } from '@slipway/local-servers';
import pg from 'pg';

/** Something that listens and is not what was expected there. */
export type Stranger = AsyncDisposable & { readonly port: number };

/** Says the greeting, and the answer to whatever is sent. Null: nothing. */
export async function startStranger({ greeting = null, answer = null }: { readonly greeting?: string | null; readonly answer?: string | null }): Promise<Stranger> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    if (greeting !== null) socket.write(greeting);
    socket.on('data', () => answer !== null && socket.write(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Greets as a NATS server of this version, and answers pings. */
export const startNatsOfVersion = (version: string): Promise<Stranger> =>
  startStranger({ greeting: `INFO ${JSON.stringify({ server_id: 'x', version, proto: 1, headers: true, max_payload: 1_048_576 })}\r\n`, answer: 'PONG\r\n' });

/** A real nats-server without JetStream. */
export async function startNatsWithoutJetStream(): Promise<Stranger> {
  const port = await freePort();
  const child = spawn(locateNatsServer() ?? '', ['--addr', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' });
  return {
    port,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

type JetStreamAnswer = { readonly error?: { readonly description: string } } & Readonly<Record<string, unknown>>;

/** What somebody does to JetStream by hand, in NATS' own words: `STREAM.PURGE.slipway-facts`. */
export async function jetStreamByHand<T extends object>(port: number, operation: string, request: object = {}): Promise<T> {
  const socket = net.connect(port, '127.0.0.1');
  const body = JSON.stringify(request);
  socket.write(`CONNECT {"verbose":false}\r\nSUB _INBOX.hand 1\r\nPUB $JS.API.${operation} _INBOX.hand ${Buffer.byteLength(body)}\r\n${body}\r\n`);
  let heard = '';
  for await (const bytes of socket) {
    heard += String(bytes);
    const [whole, length = '0'] = /MSG _INBOX\.hand 1 (\d+)\r\n/.exec(heard) ?? [];
    if (whole === undefined) continue;
    const text = heard.slice(heard.indexOf(whole) + whole.length);
    if (Buffer.byteLength(text) < Number(length)) continue;
    socket.destroy();
    const answer = JSON.parse(text.slice(0, Number(length))) as JetStreamAnswer & T;
    if (answer.error !== undefined) throw new Error(`${operation}: ${answer.error.description}`);
    return answer;
  }
  throw new Error(`${operation}: no answer`);
}

/** What an administrator runs. */
export async function runSql(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The same address with something else in it. */
export function changedUrl(url: string, changes: Partial<Pick<URL, 'port' | 'username' | 'password' | 'pathname'>>): string {
  return Object.assign(new URL(url), changes).href;
}

/** A disk of its own of so many megabytes; null where this user may not mount one. */
export function mountSmallDisk(directory: string, sizeMegabytes: number): (AsyncDisposable & { readonly directory: string; fill(): void; makeRoom(): void }) | null {
  mkdirSync(directory, { recursive: true });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMegabytes}m,mode=0711`, 'tmpfs', directory]);
  if (mounted.status !== 0) return null;
  chmodSync(directory, 0o711);
  const ballast = path.join(directory, 'ballast');
  return {
    directory,
    fill: () => void spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=64k'], { stdio: 'ignore' }),
    makeRoom: () => writeFileSync(ballast, ''),
    async [Symbol.asyncDispose]() {
      spawnSync('umount', ['--lazy', directory]);
    },
  };
}
