import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import net from 'node:net';

/** How long a server may take to accept its first connection, and to end when asked, in milliseconds. */
export const SERVER_START_LIMIT_MS = 120_000;
export const SERVER_STOP_LIMIT_MS = 60_000;
const LOOK_AGAIN_MS = 20;

export type ServerCommand = {
  readonly program: string;
  readonly args: readonly string[];
  readonly environ: Readonly<Record<string, string | undefined>>;
  /** Of the server's own; its output and process id are kept there. */
  readonly directory: string;
  /** Asks it to end in good order. */
  readonly stopSignal: NodeJS.Signals;
  /** Whose process it becomes; absent: ours. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Beyond accepting connections. */
  ready(): Promise<boolean>;
};

/** A server that ends at once is started again for so long: what it left when it was killed may still be going. */
const RETRY_FOR_MS = 5_000;
const RETRY_AFTER_MS = 200;

/** A folder for one server alone; the folders it lies in can be passed through, as a server that runs as another user must. */
export function makeServerDirectory(directory: string): void {
  fs.mkdirSync(path.dirname(directory), { recursive: true, mode: 0o711 });
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
}

/** A server of somebody else's as a child of this process. One that an earlier process of ours left behind is ended first. */
export class ServerProcess implements AsyncDisposable {
  #child: ChildProcess | null = null;

  constructor(private readonly command: ServerCommand) {}

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  async start(): Promise<void> {
    await endLeftover(this.command);
    const retryUntilMs = Date.now() + RETRY_FOR_MS;
    for (;;) {
      const reason = await this.#tryStart();
      if (reason === null) return;
      if (Date.now() > retryUntilMs) throw new Error(`${this.command.program} did not start: ${reason}`);
      await pause(RETRY_AFTER_MS);
    }
  }

  /** Null: it is ready; otherwise why not. */
  async #tryStart(): Promise<string | null> {
    const { program, args, environ, directory, owner } = this.command;
    const logFile = path.join(directory, 'server.log');
    const log = fs.openSync(logFile, 'a', 0o600);
    const child = spawn(program, args, { env: environ, stdio: ['ignore', log, log], detached: true, ...owner });
    fs.closeSync(log);
    this.#child = child;
    let failed: Error | null = null;
    child.once('error', (error) => (failed = error));
    if (child.pid !== undefined) fs.writeFileSync(pidFile(directory), String(child.pid), { mode: 0o600 });
    const limitMs = Date.now() + SERVER_START_LIMIT_MS;
    while (!(await this.command.ready())) {
      if (failed !== null || ended(child) || Date.now() > limitMs) {
        await this.kill();
        return failed === null ? lastLines(logFile) : String(failed);
      }
      await pause(LOOK_AGAIN_MS);
    }
    child.unref();
    return null;
  }

  async stop(): Promise<void> {
    await this.#end(this.command.stopSignal);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGSTOP and SIGCONT: it is there, and does nothing. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || ended(child) || child.pid === undefined) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const tooLong = setTimeout(() => child.kill('SIGKILL'), SERVER_STOP_LIMIT_MS);
    await gone;
    clearTimeout(tooLong);
  }
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true)).once('error', () => done(false));
  });
}

/** Below the range from which Linux takes ports for outgoing connections, so that none of those sits on one given out. */
const PORT_FIRST = 10_000;
const PORT_LAST = 19_999;
const given = new Set<number>();

/** The first of `count` ports in a row that nothing listens on, none of them given or kept before in this process. */
export async function freePort(count = 1): Promise<number> {
  for (;;) {
    const first = PORT_FIRST + Math.floor(Math.random() * (PORT_LAST - PORT_FIRST - count));
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if (ports.some((port) => given.has(port))) continue;
    if (!(await Promise.all(ports.map(isFree))).every(Boolean)) continue;
    keepPorts(ports);
    return first;
  }
}

/** Ports that somebody has plans for. */
export function keepPorts(ports: readonly number[]): void {
  for (const port of ports) given.add(port);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

const pidFile = (directory: string): string => path.join(directory, 'server.pid');
const pause = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));

/** Whoever started it was killed. A process id that was given to somebody else meanwhile does not name our directory. */
async function endLeftover({ directory, stopSignal }: ServerCommand): Promise<void> {
  const pid = Number(readIfAny(pidFile(directory)));
  const runs = (): boolean => pid > 0 && readIfAny(`/proc/${pid}/cmdline`).includes(directory);
  const killAtMs = Date.now() + SERVER_STOP_LIMIT_MS;
  if (runs()) process.kill(pid, stopSignal);
  while (runs()) {
    if (Date.now() > killAtMs) process.kill(pid, 'SIGKILL');
    await pause(LOOK_AGAIN_MS);
  }
}

function readIfAny(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
const LAST_BYTES = 2_000;
const lastLines = (file: string): string => fs.readFileSync(file, 'utf8').slice(-LAST_BYTES);
