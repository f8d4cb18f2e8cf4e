import type { ReplicaErrorData, ReplicaEvent } from '../replica/replica-events.js';
import { replica, type ReplicaState } from '../replica/replica.js';
import { typesOf, type PureProjection } from './pure-projection.js';

export type ReplicaRow = {
  readonly replicaId: string;
  readonly name: string;
  readonly ordinal: number;
  readonly state: ReplicaState;
  readonly errorData: ReplicaErrorData | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

export type ReplicaColumns = {
  readonly deploymentId: string;
  readonly revisionId: string;
  readonly isOver: boolean;
  readonly isFailed: boolean;
  readonly ordinal: number;
  readonly updatedAtMs: number;
};

export const replicaRows: PureProjection<ReplicaRow, ReplicaEvent, ReplicaColumns> = {
  name: 'replicas',
  version: 1,
  types: typesOf<ReplicaEvent>({
    ReplicaRequested: true,
    ReplicaLaunched: true,
    ReplicaReady: true,
    ReplicaUnready: true,
    ReplicaExited: true,
    ReplicaFailed: true,
    ReplicaDraining: true,
    ReplicaDrained: true,
    ReplicaStopped: true,
  }),
  keys: (_event, streamKey) => [streamKey],
  apply: applyToReplica,
  columns: ({ state, ordinal, updatedAtMs }) => ({
    deploymentId: state.deploymentId,
    revisionId: state.revisionId,
    isOver: state.phase === 'stopped' || state.phase === 'failed',
    isFailed: state.phase === 'failed',
    ordinal,
    updatedAtMs,
  }),
};

export function applyToReplica(row: ReplicaRow | null, event: ReplicaEvent, replicaId: string): ReplicaRow {
  const state = replica.evolve(row?.state ?? replica.initialState, event);
  if (event.type === 'ReplicaRequested') {
    const { name, ordinal, atMs } = event;
    return { replicaId, name, ordinal, state, errorData: null, createdAtMs: atMs, updatedAtMs: atMs };
  }
  if (row === null) throw new Error(`replica ${replicaId} begins with ${event.type}`);
  return { ...row, state, errorData: errorAfter(row, event), updatedAtMs: event.atMs };
}

/** The last trouble stays visible until the replica serves again. */
function errorAfter(row: ReplicaRow, event: ReplicaEvent): ReplicaErrorData | null {
  switch (event.type) {
    case 'ReplicaFailed':
      return event.errorData;
    case 'ReplicaExited': {
      const { exitCode, signal, lastLines } = event;
      return { reason: 'EXITED', message: 'the engine ended and is started again', exitCode, signal, lastLines };
    }
    case 'ReplicaReady':
      return null;
    case 'ReplicaRequested':
    case 'ReplicaLaunched':
    case 'ReplicaUnready':
    case 'ReplicaDraining':
    case 'ReplicaDrained':
    case 'ReplicaStopped':
      return row.errorData;
  }
}
