import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startNatsServer, startPostgres, type LocalServer } from '@slipway/local-servers';

const node = fileURLToPath(new URL('../../../../node_modules/.bin/node', import.meta.url));
const program = (file: string): string => fileURLToPath(new URL(`../../dist/${file}`, import.meta.url));

/** What a platform under test runs on, and what differs by it. */
export type Shape = AsyncDisposable & {
  readonly main: string;
  /** Of the platform and of `replay` alike. */
  readonly environ: Readonly<Record<string, string>>;
  readonly logUrl: string;
  /** A part of the command line by which the process of a part is found. */
  readonly scripts: { readonly controlPlane: string; readonly proxy: string };
  readonly servers: { readonly postgres: LocalServer; readonly nats: LocalServer } | null;
  /** Everything the platform wrote anywhere, as bytes in Latin-1. */
  everythingWritten(): string;
};

export const SHAPES = ['one-machine', 'cluster-postgres', 'cluster-eventstore'] as const;
export type ShapeName = (typeof SHAPES)[number];

/** `SLIPWAY_E2E_SHAPE` says in which shape the platform is tested. */
export function shapeName(otherwise: ShapeName = 'one-machine'): ShapeName {
  const name = process.env['SLIPWAY_E2E_SHAPE'] ?? otherwise;
  const known = SHAPES.find((shape) => shape === name);
  if (known === undefined) throw new Error(`SLIPWAY_E2E_SHAPE is one of ${SHAPES.join(', ')}, not ${name}`);
  return known;
}

export const isCluster = (): boolean => shapeName() !== 'one-machine';

export async function openShape(dataDir: string, name: ShapeName): Promise<Shape> {
  if (name === 'one-machine') return oneMachine(dataDir);
  await using opened = new AsyncDisposableStack();
  chmodSync(dataDir, 0o711); // PostgreSQL does not run as root, and comes through here to its own folder
  const servers = path.join(dataDir, 'servers');
  const [postgres, nats] = await Promise.all([startPostgres({ directory: path.join(servers, 'postgres') }), startNatsServer({ directory: path.join(servers, 'nats') })]);
  opened.use(postgres);
  opened.use(nats);
  const logUrl = name === 'cluster-postgres' ? postgres.url : opened.use(await startDouble(path.join(servers, 'eventstore'))).url;
  const running = opened.move();
  return {
    main: program('local-cluster/main.js'),
    environ: { SLIPWAY_DATABASE_URL: postgres.url, SLIPWAY_NATS_URL: nats.url, SLIPWAY_LOG_URL: logUrl },
    logUrl,
    scripts: { controlPlane: 'orchestrator/dist/main.js', proxy: 'proxy/dist/main.js' },
    servers: { postgres, nats },
    everythingWritten: () => contentOf(dataDir),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function oneMachine(dataDir: string): Shape {
  return {
    main: program('main.js'),
    environ: {},
    logUrl: `sqlite:${path.join(dataDir, 'log.sqlite')}`,
    scripts: { controlPlane: 'control-plane-process', proxy: 'proxy-process' },
    servers: null,
    everythingWritten: () => contentOf(dataDir),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The EventStoreDB double as a process; `EVENTSTORE_URL` names a real server to use instead. */
async function startDouble(directory: string): Promise<AsyncDisposable & { readonly url: string }> {
  const real = process.env['EVENTSTORE_URL'];
  if (real !== undefined) return { url: real, [Symbol.asyncDispose]: async () => undefined };
  const main = fileURLToPath(new URL('../../../../libs/event-log/dist/eventstore-double/main.js', import.meta.url));
  const child: ChildProcess = spawn(node, [main, '--port', '0', '--directory', directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout === null) throw new Error('the double has no output');
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the double ended with ${String(code)}`)));
  ended.catch(() => undefined); // it counts only while the double starts
  const [url] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])) as [string];
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended.catch(() => undefined);
    },
  };
}

/** Log, rows, servers' data and output: everything but what is meant to hold secrets, and what engines write. */
const WRITTEN = /^(log\.sqlite|read-models|services\.log|servers)/;

function contentOf(directory: string): string {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => WRITTEN.test(path.relative(directory, file)))
    .map(readIfThere)
    .join('\n');
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // servers make and remove files all the time
  }
}
