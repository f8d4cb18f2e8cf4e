import { parseEventAs, splitStream } from '@slipway/contracts';
import { replicaRows, type ReplicaColumns, type ReplicaEvent, type ReplicaRow } from '@slipway/domain';
import type { Projection } from '@slipway/event-log';
import { projectionTable } from '@slipway/event-log/read-models';

export { applyToReplica, type ReplicaColumns, type ReplicaRow } from '@slipway/domain';

export const replicas: Projection<ReplicaRow, ReplicaEvent> = {
  ...replicaRows,
  filter: { types: replicaRows.types },
  parse: parseEventAs<ReplicaEvent>(),
  keys: (event, recorded) => replicaRows.keys(event, splitStream(recorded.streamId).id),
  apply: (row, event, { key }) => replicaRows.apply(row, event, key),
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
  toColumns: (row) => replicaRows.columns(row),
});
