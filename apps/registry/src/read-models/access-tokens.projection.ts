import { parseEventAs, splitStream } from '@slipway/contracts';
import { accessTokenRows, type AccessEvent, type AccessTokenColumns, type AccessTokenRow } from '@slipway/domain';
import type { Projection } from '@slipway/event-log';
import { projectionTable } from '@slipway/event-log/read-models';

export { toAccessTokenRow as toRow, type AccessTokenRow } from '@slipway/domain';

export const accessTokens: Projection<AccessTokenRow, AccessEvent> = {
  ...accessTokenRows,
  filter: { types: accessTokenRows.types },
  parse: parseEventAs<AccessEvent>(),
  keys: (event, recorded) => accessTokenRows.keys(event, splitStream(recorded.streamId).id),
  apply: (row, event, { key }) => accessTokenRows.apply(row, event, key),
};

export const accessTokensTable = projectionTable<AccessTokenRow, AccessEvent, AccessTokenColumns>(accessTokens, {
  columns: { deploymentId: { type: 'varchar', index: true }, createdAtMs: { type: 'integer' } },
  toColumns: (row) => accessTokenRows.columns(row),
});
