import { callerOf, DEFAULT_DOMAIN, findRoute, fullName, mayPin, mayUse, pinnedModel, visibleRoutes, type Route, type RoutingTable } from '@slipway/domain';

export type ModelAnswer = { readonly body: string } | { readonly refused: 'invalidApiKey' | 'expiredApiKey' | 'modelNotFound' | 'revisionPinNotAllowed' | 'revisionNotFound' };

/** `GET /v1/models`: what this caller may use. */
export function modelList(table: RoutingTable, tokenHash: string | null, host: string | null, nowMs: number): ModelAnswer {
  const caller = callerOf(table, tokenHash, nowMs);
  if (caller.type === 'expired') return { refused: 'expiredApiKey' };
  if (caller.type === 'anonymous' && !table.someRouteIsOpen) return { refused: 'invalidApiKey' };
  const data = visibleRoutes(table, caller, host).map((route) => openAiModel(table, route));
  return { body: JSON.stringify({ object: 'list', data }) };
}

/** `GET /v1/models/{id}`: a model, or with `name@revision` one revision of it, as a request may name it. */
export function shownModel(table: RoutingTable, tokenHash: string | null, model: string, nowMs: number): ModelAnswer {
  const caller = callerOf(table, tokenHash, nowMs);
  if (caller.type === 'expired') return { refused: 'expiredApiKey' };
  const pinned = pinnedModel(model);
  const route = findRoute(table, null, pinned?.model ?? model);
  if (route === null || !mayUse(caller, route)) return { refused: caller.type === 'anonymous' ? 'invalidApiKey' : 'modelNotFound' };
  if (pinned === null) return { body: JSON.stringify(openAiModel(table, route)) };
  if (!mayPin(caller, route)) return { refused: 'revisionPinNotAllowed' };
  if (!route.revisionIds.has(pinned.pin)) return { refused: 'revisionNotFound' };
  const { id, ...rest } = openAiModel(table, route);
  return { body: JSON.stringify({ id: `${id}@${pinned.pin}`, ...rest }) };
}

/** The shortest name that addresses the route is its id. */
function openAiModel(table: RoutingTable, route: Route) {
  const id = table.byModel.get(route.name) === route ? route.name : fullName(route);
  return { id, object: 'model', created: Math.floor(route.createdAtMs / 1_000), owned_by: route.domain === DEFAULT_DOMAIN ? 'slipway' : route.domain };
}
