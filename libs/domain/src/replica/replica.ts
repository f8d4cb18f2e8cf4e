import { accept, impossible, reject, type Decider } from '../decider.js';
import type { ReplicaCommand, ReplicaErrorData, ReplicaEvent } from './replica-events.js';

/** Exits in a row, without having served steadily in between, after which a replica is given up (crash loop). */
export const CRASH_LOOP_EXITS_MAX = 5;
/** Back-off before a start that follows an exit: base · 2^(exits − 1), capped. The first restart is immediate. */
export const RESTART_BACKOFF_BASE_MS = 500;
export const RESTART_BACKOFF_MAX_MS = 30_000;
/** A replica that was ready this long served steadily: its next exit is the first of a new row. */
export const STEADY_AFTER_MS = 60_000;
/** How long a draining replica may keep requests before it is stopped all the same. */
export const DRAIN_LIMIT_MS = 120_000;

export type ReplicaRejection =
  | { readonly type: 'NoSuchReplica' }
  | { readonly type: 'StaleAttempt'; readonly attempt: number };

export type ReplicaPhase = 'absent' | 'requested' | 'launched' | 'ready' | 'unready' | 'restarting' | 'draining' | 'drained' | 'stopped' | 'failed';

export type ReplicaState = {
  readonly phase: ReplicaPhase;
  readonly deploymentId: string;
  readonly revisionId: string;
  /** Counts starts of the engine, from 1; every observation names the attempt it saw. */
  readonly attempt: number;
  /** Exits since the replica last served steadily. An end nobody saw (the machine was off) is not counted. */
  readonly exitsInARow: number;
  readonly readySinceMs: number | null;
  readonly endpoint: string | null;
  readonly drainDeadlineMs: number | null;
  readonly restartAtMs: number | null;
};

export const replica: Decider<ReplicaState, ReplicaCommand, ReplicaEvent, ReplicaRejection> = {
  initialState: {
    phase: 'absent',
    deploymentId: '',
    revisionId: '',
    attempt: 0,
    exitsInARow: 0,
    readySinceMs: null,
    endpoint: null,
    drainDeadlineMs: null,
    restartAtMs: null,
  },

  decide(command, state) {
    if (command.type === 'RequestReplica') return state.phase === 'absent' ? accept({ ...command, type: 'ReplicaRequested' }) : accept();
    if (state.phase === 'absent') return reject({ type: 'NoSuchReplica' });
    if (state.phase === 'stopped' || state.phase === 'failed') return accept(); // it is over; late news changes nothing
    const of = { deploymentId: state.deploymentId, revisionId: state.revisionId, atMs: command.atMs };
    switch (command.type) {
      case 'RecordLaunch': {
        const { attempt, endpoint, handle } = command;
        if (attempt < state.attempt) return stale(state);
        return attempt === state.attempt || isLeaving(state) ? accept() : accept({ type: 'ReplicaLaunched', ...of, attempt, endpoint, handle });
      }
      case 'RecordReady':
        if (command.attempt !== state.attempt) return stale(state);
        return state.phase === 'launched' || state.phase === 'unready'
          ? accept({ type: 'ReplicaReady', ...of, attempt: command.attempt })
          : accept();
      case 'RecordUnready':
        if (command.attempt !== state.attempt) return stale(state);
        return state.phase === 'ready'
          ? accept({ type: 'ReplicaUnready', ...of, attempt: command.attempt, reason: command.reason })
          : accept();
      case 'RecordExit':
        return recordExit(command, state, of);
      case 'GiveUpReplica':
        return accept({ type: 'ReplicaFailed', ...of, errorData: command.errorData });
      case 'DrainReplica':
        return drain(command, state, of);
      case 'RecordDrained':
        return state.phase === 'draining'
          ? accept({ type: 'ReplicaDrained', ...of, forced: command.forced, inFlight: command.inFlight })
          : accept();
      case 'RecordStopped':
        return state.phase === 'drained' ? accept({ type: 'ReplicaStopped', ...of }) : accept();
    }
  },

  evolve(state, event) {
    switch (event.type) {
      case 'ReplicaRequested': {
        const { deploymentId, revisionId } = event;
        return state.phase === 'absent' ? { ...state, phase: 'requested', deploymentId, revisionId } : impossible(state, event);
      }
      case 'ReplicaLaunched':
        return { ...state, phase: 'launched', attempt: event.attempt, endpoint: event.endpoint, readySinceMs: null, restartAtMs: null };
      case 'ReplicaReady':
        return { ...state, phase: 'ready', readySinceMs: state.readySinceMs ?? event.atMs };
      case 'ReplicaUnready':
        return { ...state, phase: 'unready' };
      case 'ReplicaExited':
        return {
          ...state,
          phase: 'restarting',
          endpoint: null,
          readySinceMs: null,
          exitsInARow: exitsAfter(state, event),
          restartAtMs: event.restartAtMs,
        };
      case 'ReplicaFailed':
        return { ...state, phase: 'failed', endpoint: null };
      case 'ReplicaDraining':
        return { ...state, phase: 'draining', drainDeadlineMs: event.deadlineMs };
      case 'ReplicaDrained':
        return { ...state, phase: 'drained' };
      case 'ReplicaStopped':
        return { ...state, phase: 'stopped', endpoint: null };
    }
  },
};

type Belonging = { readonly deploymentId: string; readonly revisionId: string; readonly atMs: number };
type CommandOf<T extends ReplicaCommand['type']> = Extract<ReplicaCommand, { type: T }>;

function recordExit(command: CommandOf<'RecordExit'>, state: ReplicaState, of: Belonging) {
  const { attempt, exitCode, signal, lastLines, atMs } = command;
  if (attempt !== state.attempt) return stale(state);
  if (state.phase === 'restarting' || state.phase === 'drained') return accept<ReplicaEvent>();
  if (state.phase === 'draining') return accept<ReplicaEvent>({ type: 'ReplicaDrained', ...of, forced: true, inFlight: 0 });
  const exits = exitsAfter(state, command);
  if (exits >= CRASH_LOOP_EXITS_MAX) {
    const message = `the engine ended ${exits} times in a row without serving steadily`;
    const errorData: ReplicaErrorData = { reason: 'CRASH_LOOP', message, exitCode, signal, lastLines };
    return accept<ReplicaEvent>({ type: 'ReplicaFailed', ...of, errorData });
  }
  const restartAtMs = atMs + restartBackoffMs(exits);
  return accept<ReplicaEvent>({ type: 'ReplicaExited', ...of, attempt, exitCode, signal, lastLines, restartAtMs });
}

type Exit = { readonly exitCode: number | null; readonly signal: string | null; readonly atMs: number };

function exitsAfter({ exitsInARow, readySinceMs }: ReplicaState, { exitCode, signal, atMs }: Exit): number {
  if (exitCode === null && signal === null) return exitsInARow;
  return readySinceMs !== null && atMs - readySinceMs >= STEADY_AFTER_MS ? 1 : exitsInARow + 1;
}

/** 0 for the first exit, then base, 2·base, 4·base … up to the cap. */
export function restartBackoffMs(exitsInARow: number): number {
  return exitsInARow <= 1 ? 0 : Math.min(RESTART_BACKOFF_MAX_MS, RESTART_BACKOFF_BASE_MS * 2 ** (exitsInARow - 2));
}

/** A replica with no engine running has nothing to drain: it goes straight to drained. */
function drain({ reason, limitMs, atMs }: CommandOf<'DrainReplica'>, state: ReplicaState, of: Belonging) {
  if (isLeaving(state)) return accept<ReplicaEvent>();
  const draining: ReplicaEvent = { type: 'ReplicaDraining', ...of, reason, deadlineMs: atMs + limitMs };
  return state.phase === 'requested' || state.phase === 'restarting'
    ? accept<ReplicaEvent>(draining, { type: 'ReplicaDrained', ...of, forced: false, inFlight: 0 })
    : accept<ReplicaEvent>(draining);
}

const isLeaving = (state: ReplicaState): boolean => state.phase === 'draining' || state.phase === 'drained';
const stale = (state: ReplicaState) => reject<ReplicaRejection>({ type: 'StaleAttempt', attempt: state.attempt });
