import type { EngineCommand } from './engine-command.js';
import {
  assertAttempt,
  assertReplicaId,
  type LaunchOutcome,
  type LaunchRequest,
  type Placement,
  type ReplicaObservation,
  type ReplicaRuntime,
} from './replica-runtime.js';

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
  const nowMs = options.nowMs ?? Date.now;
  let portsGiven = 0;
  const placementOf =
    options.placementOf ?? ((replicaId): Placement => ({ host: '127.0.0.1', port: 20_000 + portsGiven++, runFolder: `/run/${replicaId}` }));
  const living = new Map<string, ReplicaObservation>();
  const stopped = new Map<string, ReplicaObservation>();
  const lines = new Map<string, string[]>();
  const watchers = new Set<(observation: ReplicaObservation) => void>();
  const started: { replicaId: string; attempt: number; command: EngineCommand }[] = [];
  const turns = new Map<string, Promise<unknown>>();
  let intercept: (() => Promise<LaunchOutcome>) | null = null;

  function inTurn<T>(replicaId: string, work: () => Promise<T>): Promise<T> {
    const turn = (turns.get(replicaId) ?? Promise.resolve()).then(work, work);
    turns.set(replicaId, turn.catch(() => undefined));
    return turn;
  }

  function begin(replicaId: string, attempt: number, { host, port }: Placement): ReplicaObservation {
    const pid = 1_000_000 + living.size + started.length;
    const endpoint = `http://${host}:${port}`;
    const observation: ReplicaObservation = {
      ...{ replicaId, attempt, state: 'running', endpoint, handle: `memory:${pid}`, pid, startedAtMs: nowMs(), exitCode: null, signal: null },
    };
    living.set(replicaId, observation);
    return observation;
  }

  function end(observation: ReplicaObservation, how: { exitCode?: number; signal?: string }): ReplicaObservation {
    const signal = how.signal ?? null;
    return { ...observation, state: 'exited', exitCode: signal === null ? (how.exitCode ?? 0) : null, signal };
  }

  async function launch(request: LaunchRequest): Promise<LaunchOutcome> {
    const { replicaId, attempt } = request;
    const over = stopped.get(replicaId);
    if (over !== undefined && attempt <= over.attempt) return { type: 'exited', observation: over };
    const known = living.get(replicaId);
    if (known !== undefined && known.attempt > attempt) return { type: 'superseded', attempt: known.attempt };
    if (known?.attempt === attempt) {
      return known.state === 'running' ? { type: 'running', observation: known, adopted: true } : { type: 'exited', observation: known };
    }
    if (intercept !== null) {
      const intercepted = intercept;
      intercept = null;
      return intercepted();
    }
    const placement = placementOf(replicaId, attempt);
    const outcome = await request.command(placement);
    if (outcome.type === 'refused') return { ...outcome, isPermanent: true };
    started.push({ replicaId, attempt, command: outcome.command });
    return { type: 'running', observation: begin(replicaId, attempt, placement), adopted: false };
  }

  return {
    async launch(request) {
      assertReplicaId(request.replicaId);
      assertAttempt(request.attempt);
      return inTurn(request.replicaId, () => launch(request));
    },
    async inspect(replicaId) {
      assertReplicaId(replicaId);
      return living.get(replicaId) ?? null;
    },
    async stop(replicaId) {
      assertReplicaId(replicaId);
      await inTurn(replicaId, async () => {
        const observation = living.get(replicaId);
        if (observation === undefined) return;
        stopped.set(replicaId, observation.state === 'exited' ? observation : end(observation, { signal: 'SIGTERM' }));
        living.delete(replicaId);
      });
    },
    async list() {
      return [...living.values()];
    },
    async logs(replicaId, { lastLines }) {
      assertReplicaId(replicaId);
      return lastLines <= 0 ? [] : (lines.get(replicaId) ?? []).slice(-lastLines);
    },
    watch(onExit) {
      const watcher = (observation: ReplicaObservation): void => onExit(observation);
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    async [Symbol.asyncDispose]() {
      watchers.clear();
    },
    engines: {
      exit(replicaId, how = {}) {
        const observation = living.get(replicaId);
        if (observation?.state !== 'running') throw new Error(`no engine of ${replicaId} runs`);
        const ended = end(observation, how);
        living.set(replicaId, ended);
        for (const watcher of watchers) watcher(ended);
      },
      print(replicaId, line) {
        lines.set(replicaId, [...(lines.get(replicaId) ?? []), line]);
      },
      addStray(replicaId, attempt) {
        begin(replicaId, attempt, placementOf(replicaId, attempt));
      },
      interceptNextLaunch(next) {
        intercept = next;
      },
      started,
    },
  };
}
