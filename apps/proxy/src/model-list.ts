import { callerOf, DEFAULT_DOMAIN, findRoute, fullName, mayUse, visibleRoutes, type Route, type RoutingTable } from '@slipway/domain';

export type ModelAnswer = { readonly body: string } | { readonly refused: 'invalidApiKey' | 'expiredApiKey' | 'modelNotFound' };

/** `GET /v1/models`: what this caller may use. */
export function modelList(table: RoutingTable, tokenHash: string | null, host: string | null, nowMs: number): ModelAnswer {
  const caller = callerOf(table, tokenHash, nowMs);
  if (caller.type === 'expired') return { refused: 'expiredApiKey' };
  if (caller.type === 'anonymous' && !table.someRouteIsOpen) return { refused: 'invalidApiKey' };
  const data = visibleRoutes(table, caller, host).map((route) => openAiModel(table, route));
  return { body: JSON.stringify({ object: 'list', data }) };
}

/** `GET /v1/models/{id}`. */
export function shownModel(table: RoutingTable, tokenHash: string | null, model: string, nowMs: number): ModelAnswer {
  const caller = callerOf(table, tokenHash, nowMs);
  if (caller.type === 'expired') return { refused: 'expiredApiKey' };
  const route = findRoute(table, null, model);
  if (route !== null && mayUse(caller, route)) return { body: JSON.stringify(openAiModel(table, route)) };
  return { refused: caller.type === 'anonymous' ? 'invalidApiKey' : 'modelNotFound' };
}

/** The shortest name that addresses the route is its id. */
function openAiModel(table: RoutingTable, route: Route) {
  const id = table.byModel.get(route.name) === route ? route.name : fullName(route);
  return { id, object: 'model', created: Math.floor(route.createdAtMs / 1_000), owned_by: route.domain === DEFAULT_DOMAIN ? 'slipway' : route.domain };
}
