import { parseEventAs, splitStream } from '@slipway/contracts';
import { deploymentRows, type DeploymentColumns, type DeploymentRow, type DeploymentRowFact } from '@slipway/domain';
import type { Projection } from '@slipway/event-log';
import { projectionTable } from '@slipway/event-log/read-models';

export type { DeploymentColumns, DeploymentRow } from '@slipway/domain';

export const deployments: Projection<DeploymentRow, DeploymentRowFact> = {
  ...deploymentRows,
  filter: { types: deploymentRows.types },
  parse: parseEventAs<DeploymentRowFact>(),
  keys: (event, recorded) => deploymentRows.keys(event, splitStream(recorded.streamId).id),
  apply: (row, event, { key }) => deploymentRows.apply(row, event, key),
};

export const deploymentsTable = projectionTable<DeploymentRow, DeploymentRowFact, DeploymentColumns>(deployments, {
  columns: {
    name: { type: 'varchar', index: true },
    domain: { type: 'varchar' },
    project: { type: 'varchar' },
    status: { type: 'varchar', index: true },
    openToPublic: { type: 'boolean' },
    activeRevisionId: { type: 'varchar', nullable: true },
    tags: { type: 'text' },
    createdAtMs: { type: 'integer', index: true },
    updatedAtMs: { type: 'integer', index: true },
  },
  toColumns: (row) => deploymentRows.columns(row),
});
