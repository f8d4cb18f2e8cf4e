import { parseEventAs, replicaEventTypes, splitStream } from '@slipway/contracts';
import { replica, type ReplicaErrorData, type ReplicaEvent, type ReplicaState } from '@slipway/domain';
import { projectionTable, type Projection } from '@slipway/event-log';

export type ReplicaRow = {
  readonly replicaId: string;
  readonly name: string;
  readonly ordinal: number;
  readonly state: ReplicaState;
  readonly errorData: ReplicaErrorData | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

export const replicas: Projection<ReplicaRow, ReplicaEvent> = {
  name: 'replicas',
  version: 1,
  filter: { types: replicaEventTypes },
  parse: parseEventAs<ReplicaEvent>(),
  keys: (_event, recorded) => [splitStream(recorded.streamId).id],
  apply: (row, event, { key }) => applyToReplica(row, event, key),
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

export type ReplicaColumns = {
  readonly deploymentId: string;
  readonly revisionId: string;
  readonly isOver: boolean;
  readonly isFailed: boolean;
  readonly ordinal: number;
  readonly updatedAtMs: number;
};

export const replicasTable = projectionTable<ReplicaRow, ReplicaEvent, ReplicaColumns>(replicas, {
  columns: {
    deploymentId: { type: 'varchar', index: true },
    revisionId: { type: 'varchar', index: true },
    isOver: { type: 'boolean' },
    isFailed: { type: 'boolean' },
    ordinal: { type: 'integer' },
    updatedAtMs: { type: 'integer' },
  },
  toColumns: ({ state, ordinal, updatedAtMs }) => ({
    deploymentId: state.deploymentId,
    revisionId: state.revisionId,
    isOver: state.phase === 'stopped' || state.phase === 'failed',
    isFailed: state.phase === 'failed',
    ordinal,
    updatedAtMs,
  }),
});
