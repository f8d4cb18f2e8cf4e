import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { ChildMessage } from './child-messages.js';

/** A child that ended by itself is started again after base · 2^n, capped; a child that ran this long begins anew. */
const RESTART_BASE_MS = 250;
const RESTART_MAX_MS = 10_000;
const STEADY_AFTER_MS = 30_000;
const READY_POLL_MS = 50;
const READY_TIMEOUT_MS = 2_000;

export type SupervisedChildOptions = {
  readonly name: string;
  readonly script: string;
  readonly environ: Readonly<Record<string, string | undefined>>;
  /** Its output is appended there. */
  readonly outputFile: string;
  /** How long it may take to stop before it is killed. */
  readonly stopLimitMs: number;
  readonly execArgv?: readonly string[];
  readonly args?: readonly string[];
  /** Answers 200 when it is ready; absent: it says so itself. */
  readonly readyUrl?: string;
  /** Out of the terminal's reach: it is asked to stop by us alone, so that services stop in order. */
  readonly detached?: boolean;
  /** Told when it has ended by itself and is about to be started again. */
  readonly onRestart: (name: string, how: string) => void;
};

export type ChildFacts = Readonly<Record<string, string | boolean>>;

/** One process of the platform: kept alive until it is stopped. */
export class SupervisedChild {
  #child: ChildProcess | null = null;
  #stopping = false;
  #failures = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly options: SupervisedChildOptions) {}

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Resolves when it is ready; rejects when its first start fails, with its own line. */
  start(): Promise<ChildFacts> {
    return new Promise((resolve, reject) => this.#spawn(resolve, reject));
  }

  /** Asks it to stop, and kills it past the limit. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (child.connected) child.send({ type: 'stop' });
    else child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), this.options.stopLimitMs);
    await ended;
    clearTimeout(kill);
  }

  #spawn(onReady: (facts: ChildFacts) => void, onRefused: (error: Error) => void): void {
    const { script, args = [], environ, outputFile, execArgv = [], detached = false, readyUrl } = this.options;
    const output = openSync(outputFile, 'a', 0o600);
    const child = fork(script, args, { env: { ...environ }, stdio: ['ignore', output, output, 'ipc'], execArgv: [...execArgv], detached });
    closeSync(output);
    this.#child = child;
    const startedAtMs = Date.now();
    let settled = false;
    let refusal: string | null = null;
    if (readyUrl !== undefined)
      void untilReady(readyUrl, () => settled || child.exitCode !== null || child.signalCode !== null).then((isReady) => {
        if (!isReady || settled) return;
        settled = true;
        onReady({});
      });
    child.on('message', (message: ChildMessage) => {
      if (message.type === 'refused') refusal = message.message;
      else if (!settled) {
        settled = true;
        onReady(message.facts);
      }
    });
    child.on('exit', (code, signal) => {
      if (this.#stopping) return;
      const how = signal ?? `exit code ${code}`;
      if (!settled) {
        settled = true;
        onRefused(new Error(refusal ?? `${this.options.name} ended while starting (${how}); see ${outputFile}`));
        return;
      }
      this.#failures = Date.now() - startedAtMs > STEADY_AFTER_MS ? 0 : this.#failures + 1;
      this.options.onRestart(this.options.name, how);
      this.#restartLater();
    });
  }

  #restartLater(): void {
    const delayMs = Math.min(RESTART_MAX_MS, RESTART_BASE_MS * 2 ** Math.max(0, this.#failures - 1));
    this.#timer = setTimeout(() => {
      this.#spawn(
        () => undefined,
        () => {
          this.#failures += 1;
          this.#restartLater();
        },
      );
    }, delayMs);
  }
}

/** False when it was given up. */
async function untilReady(url: string, isOver: () => boolean): Promise<boolean> {
  while (!isOver()) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) }).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok === true) return true;
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
  return false;
}
