/** Why a replica was given up, as `errorData` shows it. */
export type ReplicaErrorData = {
  readonly reason: 'CRASH_LOOP' | 'LAUNCH_FAILED' | 'UNSUPPORTED' | 'EXITED';
  readonly message: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The engine's last lines of output, secrets masked. */
  readonly lastLines: readonly string[];
};

/** One engine instance of one revision. Observations name the `attempt` (the n-th start) they saw. */
export type ReplicaCommand =
  | {
      readonly type: 'RequestReplica';
      readonly replicaId: string;
      readonly deploymentId: string;
      readonly revisionId: string;
      readonly name: string;
      readonly ordinal: number;
      readonly atMs: number;
    }
  | { readonly type: 'RecordLaunch'; readonly attempt: number; readonly endpoint: string; readonly handle: string; readonly atMs: number }
  | { readonly type: 'RecordReady'; readonly attempt: number; readonly atMs: number }
  | { readonly type: 'RecordUnready'; readonly attempt: number; readonly reason: string; readonly atMs: number }
  | {
      readonly type: 'RecordExit';
      readonly attempt: number;
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly lastLines: readonly string[];
      readonly atMs: number;
    }
  | { readonly type: 'GiveUpReplica'; readonly errorData: ReplicaErrorData; readonly atMs: number }
  | { readonly type: 'DrainReplica'; readonly reason: string; readonly limitMs: number; readonly atMs: number }
  | { readonly type: 'RecordDrained'; readonly forced: boolean; readonly inFlight: number; readonly atMs: number }
  | { readonly type: 'RecordStopped'; readonly atMs: number };

/** Every fact names what the replica belongs to, so that any reader can tell without having seen the beginning. */
type Belonging = { readonly deploymentId: string; readonly revisionId: string; readonly atMs: number };

export type ReplicaEvent = Belonging &
  (
    | { readonly type: 'ReplicaRequested'; readonly replicaId: string; readonly name: string; readonly ordinal: number }
    | { readonly type: 'ReplicaLaunched'; readonly attempt: number; readonly endpoint: string; readonly handle: string }
    | { readonly type: 'ReplicaReady'; readonly attempt: number }
    | { readonly type: 'ReplicaUnready'; readonly attempt: number; readonly reason: string }
    | {
        readonly type: 'ReplicaExited';
        readonly attempt: number;
        readonly exitCode: number | null;
        readonly signal: string | null;
        readonly lastLines: readonly string[];
        readonly restartAtMs: number;
      }
    | { readonly type: 'ReplicaFailed'; readonly errorData: ReplicaErrorData }
    | { readonly type: 'ReplicaDraining'; readonly reason: string; readonly deadlineMs: number }
    | { readonly type: 'ReplicaDrained'; readonly forced: boolean; readonly inFlight: number }
    | { readonly type: 'ReplicaStopped' }
  );
