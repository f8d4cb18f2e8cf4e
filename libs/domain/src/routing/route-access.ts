import type { Route, RoutingTable, TokenGrant } from './routing-table.js';

/** Who asks: nobody known, or the holder of a living token. */
export type Caller = { readonly type: 'anonymous' } | { readonly type: 'holder'; readonly grant: TokenGrant } | { readonly type: 'expired' };

const ANONYMOUS: Caller = { type: 'anonymous' };
const EXPIRED: Caller = { type: 'expired' };

/** The caller behind a token's hash; null is a request without a token. A token nobody knows makes nobody known. */
export function callerOf(table: RoutingTable, tokenHash: string | null, nowMs: number): Caller {
  const grant = tokenHash === null ? undefined : table.tokens.get(tokenHash);
  if (grant === undefined) return ANONYMOUS;
  return grant.expiresAtMs !== null && grant.expiresAtMs <= nowMs ? EXPIRED : { type: 'holder', grant };
}

/** A token opens its own deployment; what is open to the public is open to all, except with an expired token. */
export function mayUse(caller: Caller, route: Route): boolean {
  if (caller.type === 'expired') return false;
  return route.openToPublic || (caller.type === 'holder' && caller.grant.deploymentId === route.deploymentId);
}

/** The route a request is addressed to: by the host name if a deployment prefers it, else by the model. */
export function findRoute(table: RoutingTable, host: string | null, model: string | null): Route | null {
  if (host !== null && table.byHost.size > 0) {
    const byHost = table.byHost.get(host);
    if (byHost !== undefined) return byHost;
  }
  return model === null ? null : (table.byModel.get(model) ?? null);
}

/** The routes a caller may see, in the order of their full names. */
export function visibleRoutes(table: RoutingTable, caller: Caller, host: string | null): readonly Route[] {
  const addressed = host === null ? undefined : table.byHost.get(host);
  const candidates = addressed === undefined ? [...table.byDeployment.values()] : [addressed];
  return candidates.filter((route) => mayUse(caller, route)).sort((a, b) => compare(fullName(a), fullName(b)));
}

/** The name that addresses a route whatever other domains hold: `domain/name`. */
export const fullName = (route: Route): string => `${route.domain}/${route.name}`;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
