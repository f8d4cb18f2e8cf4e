import type { EngineCommand } from './engine-command.js';
import {
  assertAttempt,
  assertReplicaId,
  LOG_LINE_MAX_CHARS,
  type LaunchOutcome,
  type LaunchRequest,
  type LogPage,
  type LogRead,
  type Placement,
  type ReplicaObservation,
  type ReplicaRuntime,
} from './replica-runtime.js';
import { Turns } from './turns.js';

/** What a test may do to engines that exist only in memory. */
export type MemoryEngines = {
  /** Ends a running engine, as a crash would. */
  exit(replicaId: string, how?: { exitCode?: number; signal?: string }): void;
  /** Adds a line of output. */
  print(replicaId: string, line: string): void;
  /** Puts a running engine there that nobody launched. */
  addStray(replicaId: string, attempt: number): void;
  /** The next launch that would start an engine does this instead. */
  interceptNextLaunch(intercept: () => Promise<LaunchOutcome>): void;
  /** Every command started so far, oldest first. */
  readonly started: readonly { readonly replicaId: string; readonly attempt: number; readonly command: EngineCommand }[];
};

export type MemoryReplicaRuntimeOptions = {
  readonly nowMs?: () => number;
  /** Where the engine of a replica pretends to listen; a loopback port counted up from 20000 by default. */
  readonly placementOf?: (replicaId: string, attempt: number) => Placement;
};

/** A runtime without processes, scriptable through `engines`. Starts, exits and stops are immediate. */
export function createMemoryReplicaRuntime(options: MemoryReplicaRuntimeOptions = {}): ReplicaRuntime & { readonly engines: MemoryEngines } {
  return new MemoryReplicaRuntime(options);
}

class MemoryReplicaRuntime implements ReplicaRuntime, MemoryEngines {
  readonly engines: MemoryEngines = this;
  readonly started: { replicaId: string; attempt: number; command: EngineCommand }[] = [];
  readonly #nowMs: () => number;
  readonly #placementOf: (replicaId: string, attempt: number) => Placement;
  readonly #turns = new Turns();
  readonly #known = new Map<string, ReplicaObservation>();
  readonly #stopped = new Map<string, ReplicaObservation>();
  readonly #lines = new Map<string, string[]>();
  readonly #watchers = new Set<(observation: ReplicaObservation) => void>();
  #intercept: (() => Promise<LaunchOutcome>) | null = null;
  #begun = 0;
  #portsGiven = 0;

  constructor({ nowMs = Date.now, placementOf }: MemoryReplicaRuntimeOptions) {
    this.#nowMs = nowMs;
    this.#placementOf = placementOf ?? ((replicaId) => ({ host: '127.0.0.1', port: FIRST_PORT + this.#portsGiven++, runFolder: `/run/${replicaId}` }));
  }

  async launch(request: LaunchRequest): Promise<LaunchOutcome> {
    assertReplicaId(request.replicaId);
    assertAttempt(request.attempt);
    return this.#turns.take(request.replicaId, () => this.#launch(request));
  }

  async inspect(replicaId: string): Promise<ReplicaObservation | null> {
    assertReplicaId(replicaId);
    return this.#known.get(replicaId) ?? null;
  }

  async stop(replicaId: string): Promise<void> {
    assertReplicaId(replicaId);
    await this.#turns.take(replicaId, async () => {
      const observation = this.#known.get(replicaId);
      if (observation === undefined) return;
      this.#stopped.set(replicaId, observation.state === 'exited' ? observation : ended(observation, { signal: 'SIGTERM' }));
      this.#known.delete(replicaId);
    });
  }

  async list(): Promise<readonly ReplicaObservation[]> {
    return [...this.#known.values()];
  }

  async readLog(replicaId: string, read: LogRead): Promise<LogPage | null> {
    assertReplicaId(replicaId);
    const texts = this.#lines.get(replicaId);
    if (texts === undefined && !this.#known.has(replicaId) && !this.#stopped.has(replicaId)) return null;
    const all = (texts ?? []).map((text, index) => ({ text: text.slice(0, LOG_LINE_MAX_CHARS), isCut: text.length > LOG_LINE_MAX_CHARS, position: index + 1 }));
    const position = all.length;
    if ('lastLines' in read) return { lines: read.lastLines > 0 ? all.slice(-read.lastLines) : [], position, hasGap: false, hasMore: false };
    const hasGap = read.after > position;
    return { lines: all.slice(hasGap ? 0 : read.after), position, hasGap, hasMore: false };
  }

  watch(onExit: (observation: ReplicaObservation) => void): () => void {
    const watcher = (observation: ReplicaObservation): void => onExit(observation);
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watchers.clear();
    await this.#turns.settled();
  }

  exit(replicaId: string, how: { exitCode?: number; signal?: string } = {}): void {
    const observation = this.#known.get(replicaId);
    if (observation?.state !== 'running') throw new Error(`no engine of ${replicaId} runs`);
    this.#known.set(replicaId, ended(observation, how));
    for (const watcher of this.#watchers) watcher(ended(observation, how));
  }

  print(replicaId: string, line: string): void {
    this.#lines.set(replicaId, [...(this.#lines.get(replicaId) ?? []), line]);
  }

  addStray(replicaId: string, attempt: number): void {
    this.#begin(replicaId, attempt, this.#placementOf(replicaId, attempt));
  }

  interceptNextLaunch(intercept: () => Promise<LaunchOutcome>): void {
    this.#intercept = intercept;
  }

  async #launch(request: LaunchRequest): Promise<LaunchOutcome> {
    const { replicaId, attempt } = request;
    const stopped = this.#stopped.get(replicaId);
    if (stopped !== undefined && attempt <= stopped.attempt) return { type: 'exited', observation: stopped };
    const known = this.#known.get(replicaId);
    if (known !== undefined && known.attempt > attempt) return { type: 'superseded', attempt: known.attempt };
    if (known?.attempt === attempt)
      return known.state === 'running' ? { type: 'running', observation: known, adopted: true } : { type: 'exited', observation: known };
    if (this.#intercept !== null) {
      const intercept = this.#intercept;
      this.#intercept = null;
      return intercept();
    }
    const placement = this.#placementOf(replicaId, attempt);
    const outcome = await request.command(placement);
    if (outcome.type === 'refused') return { ...outcome, isPermanent: true };
    this.started.push({ replicaId, attempt, command: outcome.command });
    return { type: 'running', observation: this.#begin(replicaId, attempt, placement), adopted: false };
  }

  #begin(replicaId: string, attempt: number, { host, port }: Placement): ReplicaObservation {
    const pid = FIRST_PID + this.#begun++;
    const about = { endpoint: `http://${host}:${port}`, handle: `memory:${pid}`, pid, startedAtMs: this.#nowMs() };
    const observation: ReplicaObservation = { replicaId, attempt, state: 'running', ...about, exitCode: null, signal: null };
    this.#known.set(replicaId, observation);
    return observation;
  }
}

const FIRST_PORT = 20_000;
/** Beyond what a system gives to processes. */
const FIRST_PID = 10_000_000;

function ended(observation: ReplicaObservation, { exitCode = 0, signal }: { exitCode?: number; signal?: string }): ReplicaObservation {
  return { ...observation, state: 'exited', exitCode: signal === undefined ? exitCode : null, signal: signal ?? null };
}
