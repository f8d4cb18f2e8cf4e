/** A replica that may be sent requests: ready and not draining. Plain data; a proxy keeps its own live counters beside it. */
export type RoutableReplica = {
  readonly replicaId: string;
  readonly revisionId: string;
  readonly host: string;
  readonly port: number;
};

export type RoutableRevision = {
  readonly revisionId: string;
  /** 0–100; a revision of weight 0 is listed for its ready replicas, which serve when nobody else can. */
  readonly weightPercent: number;
  readonly replicas: readonly RoutableReplica[];
};

/**
 * What makes requests belong together, so that all of them meet the same revision while the weights stay as they are.
 * `session`: the header `x-session-id`, else the body's `user`; `token`: else, besides, the token. A request without such a
 * key goes by chance, as all do with `none`.
 */
export type Stickiness = 'none' | 'session' | 'token';
export const DEFAULT_STICKINESS: Stickiness = 'session';

/** Copies of this share of a route's requests go to a revision whose answers nobody sees. */
export type RouteMirror = { readonly revisionId: string; readonly percent: number };

/** One deployment as the data plane sees it. */
export type Route = {
  readonly deploymentId: string;
  readonly domain: string;
  readonly name: string;
  readonly preferredDomainName: string | null;
  readonly openToPublic: boolean;
  /** Unix time of the creation, for the model list. */
  readonly createdAtMs: number;
  /** Log position of the last fact that changed this route: the `x-route-version` of every answer. */
  readonly version: number;
  /** Their weights sum to 100, or there are none: then nothing is to be served. Weighted ones first, in the order of their buckets. */
  readonly revisions: readonly RoutableRevision[];
  /** Every revision there is, ready or not, by its number in decimal and by its id: what a pin may name. */
  readonly revisionIds: ReadonlyMap<string, string>;
  readonly stickiness: Stickiness;
  readonly mirror: RouteMirror | null;
};

export type TokenGrant = {
  readonly tokenId: string;
  readonly deploymentId: string;
  readonly expiresAtMs: number | null;
  readonly mayPinRevisions: boolean;
};

/** An immutable snapshot, swapped whole. */
export type RoutingTable = {
  /** Everything up to this log position is in the table. */
  readonly position: number;
  readonly byDeployment: ReadonlyMap<string, Route>;
  /** By `domain/name`, and by bare `name` where that is the `default` domain's or the only one. */
  readonly byModel: ReadonlyMap<string, Route>;
  /** By host name in lower case: preferred domain names. */
  readonly byHost: ReadonlyMap<string, Route>;
  /** By lower-case hex SHA-256 of the token. */
  readonly tokens: ReadonlyMap<string, TokenGrant>;
  /** Some route is open to the public: a request without a token may have somewhere to go. */
  readonly someRouteIsOpen: boolean;
};

/** The domain whose deployments are addressed by their bare name, whatever other domains call theirs. */
export const DEFAULT_DOMAIN = 'default';

export const EMPTY_ROUTING_TABLE: RoutingTable = indexRoutes([], new Map(), 0);

/** Every index of a table over the given routes. Where two claim one host, the later in the list holds it. */
export function indexRoutes(routes: Iterable<Route>, tokens: ReadonlyMap<string, TokenGrant>, position: number): RoutingTable {
  const byDeployment = new Map<string, Route>();
  const byModel = new Map<string, Route>();
  const byHost = new Map<string, Route>();
  const holdersOfName = new Map<string, Route | 'several'>();
  let someRouteIsOpen = false;
  for (const route of routes) {
    byDeployment.set(route.deploymentId, route);
    byModel.set(`${route.domain}/${route.name}`, route);
    if (route.preferredDomainName !== null) byHost.set(route.preferredDomainName.toLowerCase(), route);
    holdersOfName.set(route.name, holdersOfName.has(route.name) ? 'several' : route);
    someRouteIsOpen ||= route.openToPublic;
  }
  for (const [name, holder] of holdersOfName) {
    const chosen = holder === 'several' ? byModel.get(`${DEFAULT_DOMAIN}/${name}`) : holder;
    if (chosen !== undefined && !byModel.has(name)) byModel.set(name, chosen);
  }
  return { position, byDeployment, byModel, byHost, tokens, someRouteIsOpen };
}
