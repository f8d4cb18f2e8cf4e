import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import net from 'node:net';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { localServer, type LocalServer, type LocalServerOptions } from './nats-server.js';
import { isOpenToOthers, libraryPath, locatePostgres, runnableByOthers } from './server-binaries.js';
import { freePort, makeServerDirectory, ServerProcess } from './server-process.js';

export type PostgresOptions = LocalServerOptions & {
  /** False: nothing waits for the disk, as tests that crash no machine like it. Default true. */
  readonly durable?: boolean;
  /** More lines for postgresql.conf, e.g. `log_min_duration_statement = 100`. */
  readonly settings?: readonly string[];
};

const CONNECTIONS_MAX = 200;

/**
 * A PostgreSQL server on loopback with a superuser `slipway`, its password, and a database `slipway`, all in the `url`.
 * The cluster in `directory` is made when there is none. Throws when there is no PostgreSQL (see `locatePostgres`).
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalServer> {
  const found = locatePostgres();
  if (found === null) throw new Error('there is no postgres on this machine');
  const { directory, durable = true } = options;
  makeServerDirectory(directory);
  const owner = ownerOf(directory);
  const binaries = owner === undefined ? found : runnableByOthers(found);
  const environ = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...libraryPath(binaries.postgres) };
  const data = path.join(directory, 'data');
  const password = await prepare(binaries.initdb, directory, data, environ, owner);
  const port = options.port ?? (await freePort()); // last: making the cluster takes long enough for others to be given the same
  const settings = ['fsync', 'synchronous_commit', 'full_page_writes'].map((name) => `${name} = ${durable ? 'on' : 'off'}`);
  const sockets = `unix_socket_directories = ''`;
  fs.writeFileSync(path.join(data, 'postgresql.auto.conf'), [...settings, ...(options.settings ?? []), sockets].join('\n') + '\n', { mode: 0o600 });
  give(path.join(data, 'postgresql.auto.conf'), owner);
  const server = new ServerProcess({
    program: binaries.postgres,
    args: ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', `max_connections=${CONNECTIONS_MAX}`],
    environ,
    directory,
    stopSignal: 'SIGINT', // "fast": ends connections in good order instead of waiting for them
    owner,
    ready: () => answersQueries(port),
  });
  await server.start();
  return localServer(`postgres://slipway:${password}@127.0.0.1:${port}/slipway`, port, server);
}

type Owner = { readonly uid: number; readonly gid: number } | undefined;

/** PostgreSQL refuses to run as root: then its files and its process are those of the unprivileged user nobody. */
const NOBODY = { uid: 65_534, gid: 65_534 };

function ownerOf(directory: string): Owner {
  if (process.getuid?.() !== 0) return undefined;
  fs.chownSync(directory, NOBODY.uid, NOBODY.gid);
  if (!isOpenToOthers(path.resolve(directory)))
    throw new Error(`${directory} may be entered by root alone, but PostgreSQL runs as another user: choose a folder that everybody may enter`);
  return NOBODY;
}

function give(file: string, owner: Owner): void {
  if (owner !== undefined) fs.chownSync(file, owner.uid, owner.gid);
}

async function prepare(initdb: string, directory: string, data: string, environ: Record<string, string>, owner: Owner): Promise<string> {
  const passwordFile = path.join(directory, 'password');
  if (fs.existsSync(path.join(data, 'PG_VERSION'))) return fs.readFileSync(passwordFile, 'utf8');
  const password = randomBytes(16).toString('hex');
  fs.rmSync(data, { recursive: true, force: true }); // half made
  fs.writeFileSync(passwordFile, password, { mode: 0o600 });
  give(passwordFile, owner);
  const args = ['-D', data, '-U', 'slipway', '--pwfile', passwordFile, '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await promisify(execFile)(initdb, args, { env: environ, ...owner });
  const single = ['--single', '-D', data, 'postgres'];
  const made = promisify(execFile)(path.join(path.dirname(initdb), 'postgres'), single, { env: environ, ...owner });
  made.child.stdin?.end('CREATE DATABASE slipway;\n');
  await made;
  return password;
}

/** While it starts it answers every login with an error; what comes to an authentication request is ready. */
function answersQueries(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write(startupMessage()));
    socket.once('data', (answer) => done(answer[0] === AUTHENTICATION_REQUEST)).once('error', () => done(false)).once('close', () => done(false));
  });
}

const AUTHENTICATION_REQUEST = 'R'.charCodeAt(0);
const PROTOCOL_VERSION = 196_608; // 3.0

function startupMessage(): Buffer {
  const parameters = Buffer.from('user\0slipway\0database\0slipway\0\0');
  const head = Buffer.alloc(8);
  head.writeInt32BE(parameters.length + head.length, 0);
  head.writeInt32BE(PROTOCOL_VERSION, 4);
  return Buffer.concat([head, parameters]);
}
