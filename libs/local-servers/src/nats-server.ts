import * as fs from 'node:fs';
import * as path from 'node:path';
import { locateNatsServer } from './server-binaries.js';
import { accepts, freePort, makeServerDirectory, ServerProcess } from './server-process.js';

export type LocalServerOptions = {
  /** Holds all it keeps: data, configuration, output. Made when it is missing. */
  readonly directory: string;
  /** Absent: a free one. */
  readonly port?: number;
};

export interface LocalServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Null while it does not run. */
  readonly pid: number | null;
  /** In good order. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** After a stop or a kill: with the same data, at the same port. */
  start(): Promise<void>;
  /** It is there, and does nothing. */
  pause(): void;
  resume(): void;
}

/** A NATS server with JetStream on loopback. Throws when there is no `nats-server` (see `locateNatsServer`). */
export async function startNatsServer(options: LocalServerOptions & { readonly token?: string }): Promise<LocalServer> {
  const program = locateNatsServer();
  if (program === null) throw new Error('there is no nats-server on this machine');
  const { directory, token } = options;
  const port = options.port ?? (await freePort());
  makeServerDirectory(directory);
  const configuration = path.join(directory, 'nats.conf');
  const authorization = token === undefined ? '' : `authorization { token: ${JSON.stringify(token)} }\n`;
  const lines = [`host: 127.0.0.1`, `port: ${port}`, `jetstream { store_dir: ${JSON.stringify(path.join(directory, 'data'))} }`, authorization];
  fs.writeFileSync(configuration, lines.join('\n'), { mode: 0o600 });
  const server = new ServerProcess({
    program,
    args: ['-c', configuration],
    environ: {},
    directory,
    stopSignal: 'SIGTERM',
    ready: () => accepts(port),
  });
  await server.start();
  const login = token === undefined ? '' : `${encodeURIComponent(token)}@`;
  return localServer(`nats://${login}127.0.0.1:${port}`, port, server);
}

export function localServer(url: string, port: number, server: ServerProcess): LocalServer {
  return {
    url,
    port,
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: () => server.start(),
    pause: () => server.pause(),
    resume: () => server.resume(),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
