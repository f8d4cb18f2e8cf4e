import { mkdir, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import {
  assertAttempt,
  assertReplicaId,
  type LaunchOutcome,
  type LaunchRequest,
  type LogPage,
  type LogRead,
  type ReplicaObservation,
  type ReplicaRuntime,
} from '../replica-runtime.js';
import { Turns } from '../turns.js';
import { startEngine, type StartedEngine } from './engine-start.js';
import { readEngineLog } from './engine-log-reader.js';
import { rotateLog } from './engine-log.js';
import { ExitWatch } from './exit-watch.js';
import { openPortLeases, type PortLeases, type PortLeasesOptions } from './port-leases.js';
import { openProcessTable, type ProcessTable } from './process-table.js';
import { platformId } from './platform-id.js';
import { replicaFinder, type ReplicaFinder, type Stray } from './replica-finder.js';
import { stopProcesses } from './replica-stop.js';
import { runFolder, type EngineEnd, type LaunchIntent, type RunFolder } from './run-folder.js';
import { pruneStoppedFolders } from './stopped-folders.js';

const LOG_ROTATION_INTERVAL_MS = 5000;
const LOOPBACK = '127.0.0.1';

export type LocalProcessRuntimeOptions = {
  /** Replicas live in its subfolder `replicas`, which is created. One runtime at a time writes there. */
  readonly dataDir: string;
  /** Where engines listen and are called at. Default: loopback, which nobody outside this machine reaches. */
  readonly host?: string;
  readonly nowMs?: () => number;
  readonly portRange?: PortLeasesOptions['range'];
  readonly logLimits?: { readonly maxBytes: number; readonly kept: number; readonly intervalMs: number };
  /** Where the system lists its processes. */
  readonly procFolder?: string;
};

/** Engines as detached processes of this machine, on loopback ports. They outlive this process and are found again by `open`. */
export class LocalProcessRuntime implements ReplicaRuntime {
  readonly #turns = new Turns();
  readonly #watchers = new Set<(observation: ReplicaObservation) => void>();
  readonly #exits: ExitWatch;
  readonly #finder: ReplicaFinder;
  readonly #rotation: NodeJS.Timeout;

  private constructor(
    private readonly root: string,
    id: string,
    private readonly table: ProcessTable,
    private readonly ports: PortLeases,
    private readonly options: LocalProcessRuntimeOptions,
  ) {
    this.#exits = new ExitWatch(table);
    this.#finder = replicaFinder(table, id);
    const intervalMs = options.logLimits?.intervalMs ?? LOG_ROTATION_INTERVAL_MS;
    this.#rotation = setInterval(() => this.#rotateLogs(), intervalMs).unref();
  }

  /** Rejects when the directory cannot be written. */
  static async open(options: LocalProcessRuntimeOptions): Promise<LocalProcessRuntime> {
    const folder = join(options.dataDir, 'replicas');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const root = await realpath(folder);
    const { nowMs = Date.now, portRange: range } = options;
    const ports = await openPortLeases({ host: options.host ?? LOOPBACK, path: join(root, 'ports.json'), nowMs, ...(range && { range }) });
    const runtime = new LocalProcessRuntime(root, await platformId(root), openProcessTable(options.procFolder), ports, options);
    await runtime.list(); // finds what runs, and watches it
    return runtime;
  }

  launch(request: LaunchRequest): Promise<LaunchOutcome> {
    assertReplicaId(request.replicaId);
    assertAttempt(request.attempt);
    return this.#turns.take(request.replicaId, () => this.#launch(request));
  }

  async inspect(replicaId: string): Promise<ReplicaObservation | null> {
    assertReplicaId(replicaId);
    const intent = await this.#folder(replicaId).readLaunch();
    if (intent !== null) return this.#observe(intent);
    const [stray] = await this.#finder.strays(replicaId);
    return stray === undefined ? null : this.#adoptStray(stray);
  }

  stop(replicaId: string, { graceMs }: { readonly graceMs: number }): Promise<void> {
    assertReplicaId(replicaId);
    return this.#turns.take(replicaId, () => this.#stop(replicaId, graceMs));
  }

  async list(): Promise<readonly ReplicaObservation[]> {
    const observations: ReplicaObservation[] = [];
    for (const entry of await readdir(this.root, { withFileTypes: true })) {
      const intent = entry.isDirectory() ? await this.#folder(entry.name).readLaunch() : null;
      const observation = intent === null ? null : await this.#observe(intent);
      if (observation !== null) observations.push(observation);
    }
    const seen = new Set(observations.map(({ replicaId }) => replicaId));
    const strays = (await this.#finder.strays()).filter(({ replicaId }) => !seen.has(replicaId));
    return [...observations, ...strays.map((stray) => this.#adoptStray(stray))];
  }

  async readLog(replicaId: string, read: LogRead): Promise<LogPage | null> {
    assertReplicaId(replicaId);
    return this.#turns.take(logTurn(replicaId), () => readEngineLog(this.#folder(replicaId).logPath, read));
  }

  watch(onExit: (observation: ReplicaObservation) => void): () => void {
    const watcher = (observation: ReplicaObservation): void => onExit(observation);
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#rotation);
    this.#exits.close();
    this.#watchers.clear();
    await this.#turns.settled();
  }

  async #launch(request: LaunchRequest): Promise<LaunchOutcome> {
    const { replicaId, attempt } = request;
    const folder = this.#folder(replicaId);
    const stopped = await folder.readStopped();
    if (stopped !== null && attempt <= stopped.attempt) return { type: 'exited', observation: stopped };
    const known = await this.inspect(replicaId);
    if (known !== null && known.attempt > attempt) return { type: 'superseded', attempt: known.attempt };
    if (known?.attempt === attempt) {
      return known.state === 'running' ? { type: 'running', observation: known, adopted: true } : { type: 'exited', observation: known };
    }
    if (known !== null) await this.#endEarlierAttempt(folder, known);
    const { host = LOOPBACK, nowMs = Date.now } = this.options;
    const markerOf = this.#finder.markerOf;
    const outcome = await startEngine(request, { folder, host, ports: this.ports, table: this.table, markerOf, nowMs });
    if (outcome.type === 'refused') return outcome;
    return { type: 'running', observation: this.#track(outcome), adopted: outcome.child === null };
  }

  async #endEarlierAttempt(folder: RunFolder, known: ReplicaObservation): Promise<void> {
    this.#exits.remove(known.replicaId);
    await stopProcesses(this.#finder, this.table, folder, known, 0);
    this.#releasePort(known);
    await folder.forgetAttempts();
  }

  #track({ intent, process, child }: StartedEngine): ReplicaObservation {
    const { replicaId } = intent;
    this.ports.hold(intent.port);
    this.#exits.add(replicaId, process, child, () => this.#turns.take(replicaId, () => this.#tellEnd(intent)));
    return observationOf(intent, process.pid, null);
  }

  /** Null: the start was intended and never came about. */
  async #observe(intent: LaunchIntent): Promise<ReplicaObservation | null> {
    const located = await this.#finder.locate(this.#folder(intent.replicaId), intent.replicaId, intent.attempt);
    if (located.type === 'neverStarted') return null;
    if (located.type === 'ended') return observationOf(intent, located.pid, located.end);
    if (!this.#exits.has(intent.replicaId)) return this.#track({ type: 'started', intent, process: located.process, child: null });
    return observationOf(intent, located.process.pid, null);
  }

  #adoptStray({ process, endpoint, ...stray }: Stray): ReplicaObservation {
    const { hostname: host, port } = new URL(endpoint ?? `http://${LOOPBACK}:0`);
    const intent: LaunchIntent = { ...stray, host, port: Number(port), argv: [] };
    return this.#exits.has(stray.replicaId)
      ? observationOf(intent, process.pid, null)
      : this.#track({ type: 'started', intent, process, child: null });
  }

  async #tellEnd(intent: LaunchIntent): Promise<void> {
    this.ports.release(intent.port);
    const folder = this.#folder(intent.replicaId);
    const stopped = await folder.readStopped();
    const launched = await folder.readLaunch();
    // Stopped or replaced meanwhile: whoever did it knows.
    if (intent.attempt <= (stopped?.attempt ?? 0) || intent.attempt < (launched?.attempt ?? 0)) return;
    const located = await this.#finder.locate(folder, intent.replicaId, intent.attempt);
    if (located.type === 'running') return;
    const end = located.type === 'ended' ? located.end : UNSEEN_END;
    const observation = observationOf(intent, located.type === 'ended' ? located.pid : null, end);
    for (const watcher of this.#watchers) queueMicrotask(() => watcher(observation));
  }

  async #stop(replicaId: string, graceMs: number): Promise<void> {
    const folder = this.#folder(replicaId);
    const known = await this.inspect(replicaId);
    this.#exits.remove(replicaId);
    await stopProcesses(this.#finder, this.table, folder, known, graceMs);
    const intent = await folder.readLaunch();
    if (known === null && intent === null) return;
    if (known !== null) this.#releasePort(known);
    const end = (await folder.readExit(known?.attempt ?? 0)) ?? KILLED;
    const last = known ?? observationOf(intent as LaunchIntent, null, UNSEEN_END);
    await folder.ensure();
    await folder.close(last.state === 'exited' ? last : { ...last, ...end, state: 'exited' });
    await pruneStoppedFolders(this.root);
  }

  #releasePort({ endpoint }: ReplicaObservation): void {
    if (endpoint !== null) this.ports.release(Number(new URL(endpoint).port));
  }

  #rotateLogs(): void {
    for (const replicaId of this.#exits.keys()) {
      // A full disk is met again by the next turn of the timer; the engine itself is not concerned.
      void this.#turns.take(logTurn(replicaId), () => rotateLog(this.#folder(replicaId).logPath, this.options.logLimits)).catch(() => undefined);
    }
  }

  #folder(replicaId: string): RunFolder {
    return runFolder(join(this.root, replicaId));
  }
}

/** Reading and rotating take turns, and wait for no launch or stop. */
const logTurn = (replicaId: string): string => `log ${replicaId}`;

const UNSEEN_END: EngineEnd = { exitCode: null, signal: null };
const KILLED: EngineEnd = { exitCode: null, signal: 'SIGKILL' };

function observationOf(intent: LaunchIntent, pid: number | null, end: EngineEnd | null): ReplicaObservation {
  const { replicaId, attempt, host, port, startedAtMs } = intent;
  const state = end === null ? 'running' : 'exited';
  const endpoint = port === 0 ? null : `http://${host}:${port}`;
  const handle = `pid:${pid ?? 'unknown'}`;
  return { replicaId, attempt, state, endpoint, handle, pid, startedAtMs, ...(end ?? UNSEEN_END) };
}
