/** A replica that may be sent requests: ready and not draining. Plain data; a proxy keeps its own live counters beside it. */
export type RoutableReplica = {
  readonly replicaId: string;
  readonly revisionId: string;
  readonly host: string;
  readonly port: number;
};

export type RoutableRevision = {
  readonly revisionId: string;
  /** 0–100; the weights of a route sum to 100, or the route has no revisions. */
  readonly weightPercent: number;
  readonly replicas: readonly RoutableReplica[];
};

/** One deployment as the data plane sees it. */
export type Route = {
  readonly deploymentId: string;
  readonly domain: string;
  readonly name: string;
  readonly preferredDomainName: string | null;
  readonly openToPublic: boolean;
  /** Log position of the last fact that changed this route: the `x-route-version` of every answer. */
  readonly version: number;
  readonly revisions: readonly RoutableRevision[];
};

export type TokenGrant = { readonly tokenId: string; readonly deploymentId: string; readonly expiresAtMs: number | null };

/** An immutable snapshot, swapped whole. */
export type RoutingTable = {
  /** Everything up to this log position is in the table. */
  readonly position: number;
  /** By `domain/name`, and by bare `name` where that is the `default` domain's or the only one. */
  readonly byModel: ReadonlyMap<string, Route>;
  /** By host name in lower case: preferred domain names. */
  readonly byHost: ReadonlyMap<string, Route>;
  /** By lower-case hex SHA-256 of the token. */
  readonly tokens: ReadonlyMap<string, TokenGrant>;
};
