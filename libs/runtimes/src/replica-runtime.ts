import type { HealthCheck } from '@slipway/domain';
import type { EngineOutcome } from './engine-command.js';

/** Where the runtime puts the engine: decided before its command is built, because the command names the port. */
export type Placement = {
  readonly host: string;
  readonly port: number;
  /** Absolute path of a folder that is the replica's own; the engine starts in it and may write to it. */
  readonly runFolder: string;
};

/** One start of one replica. (`replicaId`, `attempt`) is the idempotency key. */
export type LaunchRequest = {
  /** Letters, digits, `.`, `_`, `-`, at most 200 of them, starting with a letter or digit. */
  readonly replicaId: string;
  /** The n-th start of this replica, from 1. */
  readonly attempt: number;
  /** Builds what to run. Called only when this key was never started; a refusal is handed on to the caller. */
  readonly command: (placement: Placement) => Promise<EngineOutcome>;
  /** For runtimes that probe by themselves. Null: ready once the port accepts a connection. */
  readonly readiness: HealthCheck | null;
};

export type ReplicaObservation = {
  readonly replicaId: string;
  readonly attempt: number;
  readonly state: 'running' | 'exited';
  /** `http://127.0.0.1:20117`, without a path. Null when it can no longer be told (an exited stray). */
  readonly endpoint: string | null;
  /** What the runtime calls it, for people: `pid:4711`. */
  readonly handle: string;
  readonly pid: number | null;
  readonly startedAtMs: number;
  /** Null while running, when a signal ended it, or when nobody saw the end (machine restart). */
  readonly exitCode: number | null;
  /** `SIGKILL`, `SIGSEGV` … when a signal ended it. */
  readonly signal: string | null;
};

export type LaunchOutcome =
  /** It runs. `adopted`: it was running before this call. */
  | { readonly type: 'running'; readonly observation: ReplicaObservation; readonly adopted: boolean }
  /** This attempt was started before and is over (or was stopped); it is not started again. */
  | { readonly type: 'exited'; readonly observation: ReplicaObservation }
  /** A later attempt of this replica exists; nothing was done. */
  | { readonly type: 'superseded'; readonly attempt: number }
  /** Nothing was started. `isPermanent`: trying the same again cannot help. */
  | {
      readonly type: 'refused';
      readonly reason: 'UNSUPPORTED' | 'LAUNCH_FAILED';
      readonly message: string;
      readonly isPermanent: boolean;
    };

/** A longer line of output is cut. */
export const LOG_LINE_MAX_CHARS = 4096;

export type LogLine = {
  /** Without its line end. */
  readonly text: string;
  /** Not the whole line: there was more than LOG_LINE_MAX_CHARS of it, or it has no end (yet). */
  readonly isCut: boolean;
  /** Its end in all the output of the replica, over all attempts: a later line has a greater one. */
  readonly position: number;
};

/**
 * What was printed last, or what follows a position, as much as is read at a time. `withUnfinished`: also a last line that
 * has no end yet; whoever goes on afterwards is not told the rest of it.
 */
export type LogRead = ({ readonly lastLines: number } | { readonly after: number }) & { readonly withUnfinished?: boolean };

export type LogPage = {
  /** Oldest first. */
  readonly lines: readonly LogLine[];
  /** To go on after. */
  readonly position: number;
  /** Some of what followed the position is kept no more, or the output began anew: `lines` go on where it can be gone on. */
  readonly hasGap: boolean;
  /** More is there already. */
  readonly hasMore: boolean;
};

/**
 * Runs engines. Every method may be repeated; calls for one replica take turns.
 * Refusals are outcomes; a rejected promise means the runtime itself could not work (disk full, no permission) and the call may be retried.
 */
export interface ReplicaRuntime {
  /**
   * At most one process is ever started per (`replicaId`, `attempt`), also when a caller was killed between the start and the answer:
   * the next launch with the same key finds and adopts it. What is left of an earlier attempt is killed first.
   */
  launch(request: LaunchRequest): Promise<LaunchOutcome>;
  /** Null: never launched, or stopped. An engine that ended by itself is `exited` until the next attempt or `stop`. */
  inspect(replicaId: string): Promise<ReplicaObservation | null>;
  /**
   * SIGTERM (or the runtime's equal), `graceMs` to comply, then SIGKILL to everything the engine started; resolves when all is gone.
   * Afterwards no attempt launched so far can start again, `inspect` answers null and `readLog` still answers.
   */
  stop(replicaId: string, options: { readonly graceMs: number }): Promise<void>;
  /** Every replica that runs or has exited and was not stopped, including those nobody recorded (strays). */
  list(): Promise<readonly ReplicaObservation[]>;
  /** The output over all attempts, both streams as one. Null: this runtime keeps none of that replica; it never started it, or has let its log go. */
  readLog(replicaId: string, read: LogRead): Promise<LogPage | null>;
  /**
   * Tells, within EXIT_NOTICE_MAX_MS, that an engine this runtime launched or adopted ended without being stopped. Once per attempt.
   * An end that came before `watch` is not told: read `list` first. Returns how to stop watching.
   */
  watch(onExit: (observation: ReplicaObservation) => void): () => void;
  /** Lets go of timers and files; engines keep running. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Upper bound of the time between an engine's end and `watch` telling, on an idle machine. */
export const EXIT_NOTICE_MAX_MS = 200;

const REPLICA_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** Ids become folder names and marker text; a bad one is a bug of the caller, so it throws. */
export function assertReplicaId(replicaId: string): void {
  if (!REPLICA_ID.test(replicaId)) throw new Error(`"${replicaId.slice(0, 200)}" cannot be a replica id`);
}

export function assertAttempt(attempt: number): void {
  if (!Number.isSafeInteger(attempt) || attempt < 1) throw new Error(`${attempt} cannot be an attempt`);
}
