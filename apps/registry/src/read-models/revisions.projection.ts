import { parseEventAs, splitStream } from '@slipway/contracts';
import { revisionRows, type RevisionColumns, type RevisionRow, type RevisionRowFact } from '@slipway/domain';
import type { Projection } from '@slipway/event-log';
import { projectionTable } from '@slipway/event-log/read-models';

export type { RevisionColumns, RevisionRow } from '@slipway/domain';

export const revisions: Projection<RevisionRow, RevisionRowFact> = {
  ...revisionRows,
  filter: { types: revisionRows.types },
  parse: parseEventAs<RevisionRowFact>(),
  keys: (event, recorded) => revisionRows.keys(event, splitStream(recorded.streamId).id),
  apply: (row, event, { key }) => revisionRows.apply(row, event, key),
};

export const revisionsTable = projectionTable<RevisionRow, RevisionRowFact, RevisionColumns>(revisions, {
  columns: {
    deploymentId: { type: 'varchar', index: true },
    name: { type: 'varchar', nullable: true },
    tags: { type: 'text' },
    number: { type: 'integer', nullable: true },
    createdAtMs: { type: 'integer', index: true },
  },
  toColumns: (row) => revisionRows.columns(row),
});
