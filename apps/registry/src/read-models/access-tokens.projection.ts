import { parseEventAs } from '@slipway/contracts';
import type { AccessEvent } from '@slipway/domain';
import { projectionTable, type Projection } from '@slipway/event-log';

/** A living token, without its hash: nobody who reads has a use for it. */
export type AccessTokenRow = {
  readonly tokenId: string;
  readonly deploymentId: string;
  readonly name: string | null;
  readonly prefix: string;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
};

export const accessTokens: Projection<AccessTokenRow, AccessEvent> = {
  name: 'access-tokens',
  version: 1,
  filter: { types: ['AccessTokenCreated', 'AccessTokenDeleted'] },
  parse: parseEventAs<AccessEvent>(),
  keys: (event) => [event.tokenId],
  apply: (_row, event) => (event.type === 'AccessTokenCreated' ? toRow(event) : null),
};

export function toRow(event: Extract<AccessEvent, { type: 'AccessTokenCreated' }>): AccessTokenRow {
  const { tokenId, deploymentId, name, prefix, createdBy, expiresAtMs, atMs: createdAtMs } = event;
  return { tokenId, deploymentId, name, prefix, createdBy, createdAtMs, expiresAtMs };
}

export const accessTokensTable = projectionTable<AccessTokenRow, AccessEvent, { readonly deploymentId: string; readonly createdAtMs: number }>(
  accessTokens,
  {
    columns: { deploymentId: { type: 'varchar', index: true }, createdAtMs: { type: 'integer' } },
    toColumns: ({ deploymentId, createdAtMs }) => ({ deploymentId, createdAtMs }),
  },
);
