import type { RevisionWeight, RoutableReplica, RoutableRevision, Route, RouteMirror, Stickiness } from '@slipway/domain';
import type { Endpoint } from './replica-endpoint.js';

export type ReplicaRow = {
  readonly replicaId: string;
  readonly deploymentId: string;
  readonly revisionId: string;
  endpoint: Endpoint | null;
  isReady: boolean;
};

export type DeploymentRow = {
  readonly deploymentId: string;
  readonly domain: string;
  readonly createdAtMs: number;
  name: string;
  openToPublic: boolean;
  preferredDomainName: string | null;
  /** Log position of the last fact that shows in the route. */
  version: number;
  weights: readonly RevisionWeight[];
  mirror: RouteMirror | null;
  stickiness: Stickiness;
  /** By number and by id; another map after each change. */
  revisionIds: ReadonlyMap<string, string>;
  /** In the order they were asked for. */
  readonly replicas: Map<string, ReplicaRow>;
};

/**
 * A row as the data plane sees it. While no weights are set nothing is to be served; otherwise revisions without weight
 * are listed, after the weighted ones, for their ready replicas.
 */
export function routeOf(row: DeploymentRow): Route {
  const { deploymentId, domain, name, preferredDomainName, openToPublic, createdAtMs, version, revisionIds, stickiness, mirror } = row;
  const identity = { deploymentId, domain, name, preferredDomainName, openToPublic, createdAtMs };
  return { ...identity, version, revisions: revisionsOf(row), revisionIds, stickiness, mirror };
}

function revisionsOf({ weights, replicas }: DeploymentRow): readonly RoutableRevision[] {
  if (weights.length === 0) return [];
  const ready = new Map<string, RoutableReplica[]>();
  for (const { replicaId, revisionId, endpoint, isReady } of replicas.values()) {
    if (!isReady || endpoint === null) continue;
    const replica: RoutableReplica = { replicaId, revisionId, host: endpoint.host, port: endpoint.port };
    const others = ready.get(revisionId);
    if (others === undefined) ready.set(revisionId, [replica]);
    else others.push(replica);
  }
  const weighted = weights.map(({ revisionId, weightPercent }) => ({ revisionId, weightPercent, replicas: ready.get(revisionId) ?? [] }));
  const named = new Set(weights.map(({ revisionId }) => revisionId));
  const weightless = [...ready].filter(([revisionId]) => !named.has(revisionId));
  return [...weighted, ...weightless.map(([revisionId, ofRevision]) => ({ revisionId, weightPercent: 0, replicas: ofRevision }))];
}
