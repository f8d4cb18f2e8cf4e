import type { AccessEvent } from '../access/access.js';
import { typesOf, type PureProjection } from './pure-projection.js';

/** A living token, without its hash: nobody who reads has a use for it. */
export type AccessTokenRow = {
  readonly tokenId: string;
  readonly deploymentId: string;
  readonly name: string | null;
  readonly prefix: string;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly mayPinRevisions: boolean;
};

export type AccessTokenColumns = { readonly deploymentId: string; readonly createdAtMs: number };

export const accessTokenRows: PureProjection<AccessTokenRow, AccessEvent, AccessTokenColumns> = {
  name: 'access-tokens',
  version: 2,
  types: typesOf<AccessEvent>({ AccessTokenCreated: true, AccessTokenDeleted: true }),
  keys: (event) => [event.tokenId],
  apply: (_row, event) => (event.type === 'AccessTokenCreated' ? toAccessTokenRow(event) : null),
  columns: ({ deploymentId, createdAtMs }) => ({ deploymentId, createdAtMs }),
};

export function toAccessTokenRow(event: Extract<AccessEvent, { type: 'AccessTokenCreated' }>): AccessTokenRow {
  const { tokenId, deploymentId, name, prefix, createdBy, expiresAtMs, mayPinRevisions, atMs: createdAtMs } = event;
  return { tokenId, deploymentId, name, prefix, createdBy, createdAtMs, expiresAtMs, mayPinRevisions };
}
