import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

export type BenchCommand = {
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Pinned to this core; null: wherever the system likes. */
  readonly core: number | null;
  /** How long it may take to end when asked; then it is killed. */
  readonly stopLimitMs?: number;
};

const STOP_LIMIT_MS = 5_000;
const OUTPUT_CHARACTERS_KEPT = 4_000;
const POLL_MS = 5;

/** A process under measurement, or one that measures. */
export class BenchProcess implements AsyncDisposable {
  readonly pid: number;
  readonly startedAtMs: number;
  readonly #command: BenchCommand;
  readonly #child: ChildProcess;
  #output = '';
  #ended = false;

  private constructor(command: BenchCommand, child: ChildProcess, startedAtMs: number) {
    this.#command = command;
    this.#child = child;
    this.startedAtMs = startedAtMs;
    this.pid = child.pid ?? 0;
    const keep = (bytes: Buffer): void => {
      this.#output = (this.#output + bytes.toString('utf8')).slice(-OUTPUT_CHARACTERS_KEPT);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.once('exit', () => (this.#ended = true));
  }

  /** @throws Error when the program cannot be started. */
  static async start(command: BenchCommand): Promise<BenchProcess> {
    const startedAtMs = performance.now();
    const pinned = command.core === null ? [command.command] : ['taskset', '-c', String(command.core), command.command];
    const child = spawn(pinned[0] ?? '', [...pinned.slice(1), ...command.arguments], { env: command.environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const started = new BenchProcess(command, child, startedAtMs);
    await once(child, 'spawn');
    return started;
  }

  /** Its last lines. */
  get output(): string {
    return this.#output;
  }

  /** @throws Error with its last lines when it ends first or takes too long. */
  async until(holds: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
    const deadlineMs = performance.now() + limitMs;
    while (!(await holds())) {
      if (this.#ended) throw new Error(`${this.#command.name} ended: ${this.#output.trim()}`);
      if (performance.now() > deadlineMs) throw new Error(`${this.#command.name} was not ready after ${limitMs} ms: ${this.#output.trim()}`);
      await wait(POLL_MS);
    }
  }

  /** Asks it to end, and makes it after a while. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const timer = new AbortController();
    const late = wait(this.#command.stopLimitMs ?? STOP_LIMIT_MS, 'late', { signal: timer.signal }).catch(() => 'cancelled');
    if ((await Promise.race([ended, late])) === 'late') this.#child.kill('SIGKILL');
    await ended;
    timer.abort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
