import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineMainPath } from '@slipway/engine';
import { openEventLogReaderAt, type EventLogReader } from '@slipway/event-log';
import { GraphClient } from '../demo/graph-client.js';
import { freePort } from '@slipway/local-servers';
import { openShape, shapeName, type Shape, type ShapeName } from './platform-shape.js';

const node = fileURLToPath(new URL('../../../../node_modules/.bin/node', import.meta.url));
const START_LIMIT_MS = 180_000;
const STOP_LIMIT_MS = 180_000;

/** How long anything that comes about by itself may take on a slow and busy machine. */
export const WAIT_LIMIT_MS = 180_000;

/** A real platform: real processes on free ports over a data directory of its own. */
export class PlatformLab implements AsyncDisposable {
  #process: ChildProcess | null = null;
  #searchPath = process.env['PATH'] ?? '';
  /** Settings beside those of every platform here; for the next start. */
  moreSettings: Readonly<Record<string, string>> = {};
  output = '';

  private constructor(
    readonly dataDir: string,
    readonly shape: Shape,
    readonly gatewayPort: number,
    readonly proxyPort: number,
  ) {}

  static async create(shape: ShapeName = shapeName()): Promise<PlatformLab> {
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'slipway-e2e-'));
    return new PlatformLab(dataDir, await openShape(dataDir, shape), await freePort(2), await freePort(2));
  }

  get graphUrl(): string {
    return `http://127.0.0.1:${this.gatewayPort}/graphql`;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.proxyPort}/v1`;
  }

  get adminToken(): string {
    return readFileSync(path.join(this.dataDir, 'admin-token'), 'utf8').trim();
  }

  get graph(): GraphClient {
    return new GraphClient(this.graphUrl, this.adminToken);
  }

  get environ(): NodeJS.ProcessEnv {
    return {
      PATH: this.#searchPath,
      HOME: this.dataDir,
      SLIPWAY_DATA_DIR: this.dataDir,
      SLIPWAY_GATEWAY_PORT: String(this.gatewayPort),
      SLIPWAY_PROXY_PORT: String(this.proxyPort),
      ...this.shape.environ,
      ...this.moreSettings,
    };
  }

  /** Programs in this folder are found before all others. */
  searchFirst(folder: string): void {
    this.#searchPath = `${folder}:${this.#searchPath}`;
  }

  /** Starts it and waits until it says what `until` says; rejects with its output when it ends instead. */
  async start(args: readonly string[] = ['--no-demo'], until = 'Ctrl-C drains'): Promise<void> {
    this.output = '';
    const child = spawn(node, [this.shape.main, ...args], { env: this.environ, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.#process = child;
    const take = (bytes: Buffer): void => void (this.output += bytes.toString());
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    await waitUntil(() => this.output.includes(until) || child.exitCode !== null, START_LIMIT_MS, () => `not up: ${this.output}\n${this.serviceLog()}`);
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${this.output}\n${this.serviceLog()}`);
  }

  /** As when the terminal, or the program its output is piped to, goes away. */
  stopReading(): void {
    this.#process?.stdout?.destroy();
    this.#process?.stderr?.destroy();
  }

  /** Runs it to its end, for starts that must fail. */
  run(args: readonly string[], environ: NodeJS.ProcessEnv = {}): { readonly status: number | null; readonly stderr: string } {
    const { status, stderr } = spawnSync(node, [this.shape.main, ...args], { env: { ...this.environ, ...environ }, encoding: 'utf8', timeout: START_LIMIT_MS });
    return { status, stderr };
  }

  /** Ctrl-C: the signal goes to the whole foreground group, as a terminal sends it. Resolves with the exit code. */
  async interrupt(): Promise<number | null> {
    const child = this.#process;
    if (child === null) return null;
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGINT');
    await waitUntil(() => child.exitCode !== null || child.signalCode !== null, STOP_LIMIT_MS, () => `did not stop: ${this.output}\n${this.serviceLog()}`);
    this.#process = null;
    return child.exitCode;
  }

  /** kill -9 to every process of the platform; engines are none of them. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child?.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    this.#servicePids().forEach(killQuietly);
    await waitUntil(() => (child.exitCode !== null || child.signalCode !== null) && this.#servicePids().length === 0, STOP_LIMIT_MS, () => 'did not die');
    this.#process = null;
  }

  /** A process of the platform that plays this part. */
  pidOf(part: keyof Shape['scripts']): number {
    const [pid] = this.pidsOf(this.shape.scripts[part]);
    if (pid === undefined) throw new Error(`no process is the ${part}`);
    return pid;
  }

  /** The platform's processes whose command line holds this. */
  pidsOf(script: string): number[] {
    return allPids().filter((pid) => commandOf(pid).some((word) => word.includes(script)) && environOf(pid).includes(`SLIPWAY_DATA_DIR=${this.dataDir}\0`));
  }

  /** The log as it is, beside the platform. */
  openLog(): Promise<EventLogReader> {
    return openEventLogReaderAt(this.shape.logUrl);
  }

  /** Process ids of this platform's engines. */
  enginePids(): number[] {
    return this.#launchedPids().filter((pid) => commandOf(pid)[1] === engineMainPath);
  }

  /** Whatever replicas run: engines of ours, others, and what watches over them. */
  #launchedPids(): number[] {
    return allPids().filter((pid) => pid !== process.pid && environOf(pid).includes(`HOME=${this.dataDir}\0`));
  }

  /** In groups of their own in the shape of a cluster. */
  #servicePids(): number[] {
    return this.pidsOf('service-process.js');
  }

  serviceLog(): string {
    try {
      return readFileSync(path.join(this.dataDir, 'services.log'), 'utf8').slice(-6000);
    } catch {
      return '';
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    for (const pid of this.#launchedPids()) killQuietly(pid);
    await this.shape[Symbol.asyncDispose]();
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

const allPids = (): number[] => readdirSync('/proc').map(Number).filter((pid) => Number.isInteger(pid) && pid > 0);
const commandOf = (pid: number): string[] => readProc(pid, 'cmdline').split('\0');
const environOf = (pid: number): string => readProc(pid, 'environ');

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it ended while it was looked at
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was gone already.
  }
}

/** Waits for a condition; the only clock in these tests is the limit after which they fail. */
export async function waitUntil(condition: () => boolean | Promise<boolean>, limitMs: number, explain: () => string): Promise<void> {
  const endMs = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`not after ${limitMs} ms: ${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
