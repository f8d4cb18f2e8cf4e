import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { waitUntil } from './platform-lab.js';

const node = fileURLToPath(new URL('../../../../node_modules/.bin/node', import.meta.url));
const programOf = (service: string): string => fileURLToPath(new URL(`../../../${service}/dist/main.js`, import.meta.url));

/** How long a service may take to say or to become what is waited for, on a machine with much else to do. */
export const SERVICE_LIMIT_MS = 180_000;

export const SERVICES = ['registry', 'orchestrator', 'metrics', 'autoscaler', 'relay', 'gateway', 'proxy'] as const;
export type ServiceName = (typeof SERVICES)[number];

export type LogLine = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg: string; readonly event?: string };
export type ReadyReport = { readonly ready: boolean; readonly checks: Readonly<Record<string, { readonly ready: boolean; readonly detail?: string }>> };
type Environ = Readonly<Record<string, string>>;

export const MASTER_KEY = 'ab'.repeat(32);
export const ADMIN_TOKEN = 'the-token-of-an-administrator';

/** What every service takes to work on these servers, at ports of its own. */
export function settingsFor(postgres: { readonly url: string }, nats: { readonly url: string }, directory: string): Environ {
  return {
    SLIPWAY_LOG_URL: postgres.url,
    SLIPWAY_DATABASE_URL: postgres.url,
    SLIPWAY_NATS_URL: nats.url,
    SLIPWAY_MASTER_KEY: MASTER_KEY,
    SLIPWAY_ADMIN_TOKEN: ADMIN_TOKEN,
    SLIPWAY_DATA_DIR: path.join(directory, 'data'),
    SLIPWAY_MODEL_ROOT: path.join(directory, 'models'),
    SLIPWAY_PORT: '0',
    SLIPWAY_GATEWAY_PORT: '0',
    SLIPWAY_PROXY_PORT: '0',
  };
}

/** Levels of log lines, as pino counts. */
const WARN = 40;

/** One service as a real process, with nothing about it but the servers it is told of. */
export class LoneService implements AsyncDisposable {
  readonly lines: LogLine[] = [];
  stderr = '';
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor(
    readonly name: ServiceName,
    environ: Environ,
  ) {
    this.#process = spawn(node, [programOf(name)], { env: { SLIPWAY_INSTANCE: name, ...environ }, stdio: ['ignore', 'pipe', 'pipe'] });
    const { stdout, stderr } = this.#process;
    if (stdout === null || stderr === null) throw new Error('no pipes');
    stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    createInterface({ input: stdout }).on('line', (line) => void this.lines.push(JSON.parse(line) as LogLine));
    this.#closed = once(this.#process, 'close');
  }

  /** Runs it to its end with arguments. */
  static run(name: ServiceName, args: readonly string[], environ: Environ = {}): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
    return spawnSync(node, [programOf(name), ...args], { env: { ...environ }, encoding: 'utf8', timeout: SERVICE_LIMIT_MS });
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** What somebody who watches the log for trouble sees. */
  get complaints(): readonly string[] {
    return this.lines.filter(({ level }) => level >= WARN).map(({ msg }) => msg);
  }

  get url(): string {
    return String(this.lines.find(({ event }) => event === 'service.ready')?.['url']);
  }

  async livez(): Promise<number> {
    return (await fetch(`${await this.#health()}/livez`)).status;
  }

  async readyz(): Promise<{ readonly status: number; readonly report: ReadyReport }> {
    const answer = await fetch(`${await this.#health()}/readyz`);
    return { status: answer.status, report: (await answer.json()) as ReadyReport };
  }

  /** Waits for a line of the log that says this. */
  async says(words: RegExp): Promise<string> {
    const found = (): LogLine | undefined => this.lines.find(({ msg }) => words.test(msg));
    await this.#until(() => found() !== undefined, `said nothing like ${words}`);
    return found()?.msg ?? '';
  }

  async isReady(): Promise<void> {
    await this.#until(async () => (await this.readyz()).status === 200, 'is not ready');
  }

  async isUnready(): Promise<ReadyReport> {
    await this.#until(async () => (await this.readyz()).status === 503, 'is ready');
    return (await this.readyz()).report;
  }

  /** SIGTERM; with the exit code. */
  async stop(): Promise<number | null> {
    this.#process.kill('SIGTERM');
    await this.#closed;
    return this.#process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) this.#process.kill('SIGKILL');
    await this.#closed;
  }

  async #health(): Promise<string> {
    const url = (): unknown => this.lines.find(({ event }) => event === 'service.starting')?.['healthUrl'];
    await this.#until(() => url() !== undefined, 'has no health port');
    return String(url());
  }

  async #until(condition: () => boolean | Promise<boolean>, otherwise: string): Promise<void> {
    const holds = async (): Promise<boolean> => {
      if (!this.isRunning) throw new Error(`${this.name} ended: ${this.#told()}`);
      return condition();
    };
    await waitUntil(holds, SERVICE_LIMIT_MS, () => `${this.name} ${otherwise}: ${this.#told()}`);
  }

  #told(): string {
    return `${this.lines.map((line) => JSON.stringify(line)).join('\n')}\n${this.stderr}`;
  }
}
