import { parseEventAs, splitStream } from '@slipway/contracts';
import { rolloutRows, type RolloutColumns, type RolloutEvent, type RolloutRow } from '@slipway/domain';
import type { Projection } from '@slipway/event-log';
import { projectionTable } from '@slipway/event-log/read-models';

export type { RolloutRow } from '@slipway/domain';

export const rollouts: Projection<RolloutRow, RolloutEvent> = {
  ...rolloutRows,
  filter: { types: rolloutRows.types },
  parse: parseEventAs<RolloutEvent>(),
  keys: (event, recorded) => rolloutRows.keys(event, splitStream(recorded.streamId).id),
  apply: (row, event, { key }) => rolloutRows.apply(row, event, key),
};

export const rolloutsTable = projectionTable<RolloutRow, RolloutEvent, RolloutColumns>(rollouts, {
  columns: { deploymentId: { type: 'varchar', index: true }, startedAtMs: { type: 'integer' }, isWalking: { type: 'boolean', index: true } },
  toColumns: (row) => rolloutRows.columns(row),
});
