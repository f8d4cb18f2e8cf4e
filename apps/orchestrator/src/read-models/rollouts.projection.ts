import { parseEventAs, splitStream } from '@slipway/contracts';
import { rolloutRows, type RolloutEvent, type RolloutRow } from '@slipway/domain';
import { projectionTable, type Projection } from '@slipway/event-log';

export type { RolloutRow } from '@slipway/domain';

export const rollouts: Projection<RolloutRow, RolloutEvent> = {
  ...rolloutRows,
  filter: { types: rolloutRows.types },
  parse: parseEventAs<RolloutEvent>(),
  keys: (event, recorded) => rolloutRows.keys(event, splitStream(recorded.streamId).id),
  apply: (row, event, { key }) => rolloutRows.apply(row, event, key),
};

export const rolloutsTable = projectionTable<RolloutRow, RolloutEvent, { readonly deploymentId: string; readonly startedAtMs: number }>(rollouts, {
  columns: { deploymentId: { type: 'varchar', index: true }, startedAtMs: { type: 'integer' } },
  toColumns: (row) => rolloutRows.columns(row),
});
