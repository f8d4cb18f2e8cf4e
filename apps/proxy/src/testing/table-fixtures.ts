import { EMPTY_ROUTING_TABLE, indexRoutes, type Route, type RoutingTable, type TokenGrant } from '@slipway/domain';
import { hash } from 'node:crypto';

export const TOKEN = 'slw-test-token';

export type ReplicaAt = { readonly replicaId?: string; readonly revisionId?: string; readonly port: number };

/** A route named `tiny` in the default domain whose replicas all belong to one revision, unless said otherwise. */
export function routeTo(replicas: readonly ReplicaAt[], overrides: Partial<Route> = {}): Route {
  const named = replicas.map(({ port, replicaId, revisionId }, index) => ({
    replicaId: replicaId ?? `r${index + 1}`,
    revisionId: revisionId ?? 'rev-1',
    host: '127.0.0.1',
    port,
  }));
  return {
    deploymentId: 'd1',
    domain: 'default',
    name: 'tiny',
    preferredDomainName: null,
    openToPublic: false,
    createdAtMs: 1_700_000_000_000,
    version: 7,
    revisions: [{ revisionId: 'rev-1', weightPercent: 100, replicas: named }],
    revisionIds: new Map(),
    stickiness: 'session',
    mirror: null,
    ...overrides,
  };
}

export type TokenFixture = { readonly token: string; readonly deploymentId: string; readonly expiresAtMs?: number; readonly mayPinRevisions?: boolean };

export const HOLDER: TokenFixture = { token: TOKEN, deploymentId: 'd1' };

export function tableOf(routes: readonly Route[], tokens: readonly TokenFixture[] = [HOLDER], position = 10): RoutingTable {
  const grants = tokens.map(({ token, deploymentId, expiresAtMs = null, mayPinRevisions = false }): [string, TokenGrant] => [
    hash('sha256', token, 'hex'),
    { tokenId: `t-${token}`, deploymentId, expiresAtMs, mayPinRevisions },
  ]);
  return indexRoutes(routes, new Map(grants), position);
}

export const NO_ROUTES: RoutingTable = { ...EMPTY_ROUTING_TABLE, position: 1 };
