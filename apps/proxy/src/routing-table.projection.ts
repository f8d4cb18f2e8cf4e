import {
  DEFAULT_STICKINESS,
  EMPTY_ROUTING_TABLE,
  indexRoutes,
  sameMirror,
  sameWeights,
  type AccessEvent,
  type DeploymentEvent,
  type ReplicaEvent,
  type RevisionWeight,
  type Route,
  type RouteMirror,
  type RoutingTable,
  type StatusEvent,
  type TokenGrant,
} from '@slipway/domain';
import type { PassedPosition, RoutingFact, SourcedFact } from './fact-source.js';
import { parseEndpoint, type Endpoint } from './replica-endpoint.js';
import { routeOf, type DeploymentRow, type ReplicaRow } from './routing-rows.js';

/**
 * The routing table as a fold over the log. Facts change rows; a snapshot makes routes of the rows that changed and
 * takes all others over from the snapshot before it. How facts are cut into snapshots does not show in the table.
 */
export class RoutingTableProjection {
  #position = 0;
  readonly #deployments = new Map<string, DeploymentRow>();
  readonly #replicas = new Map<string, ReplicaRow>();
  readonly #tokens = new Map<string, { readonly hash: string; readonly grant: TokenGrant }>();
  readonly #routes = new Map<string, Route>();
  readonly #changed = new Set<string>();
  #tokensChanged = false;
  #latest: RoutingTable = EMPTY_ROUTING_TABLE;

  get position(): number {
    return this.#position;
  }

  apply({ position, streamId, event }: SourcedFact): void {
    if (position <= this.#position) return; // said twice
    this.#position = position;
    this.#project(streamId, event);
  }

  /** Nothing up to this position that has not been applied matters here. */
  pass({ passed }: PassedPosition): void {
    this.#position = Math.max(this.#position, passed);
  }

  /** The table up to the last fact applied; immutable. */
  snapshot(): RoutingTable {
    if (this.#changed.size === 0 && !this.#tokensChanged) {
      if (this.#latest.position !== this.#position) this.#latest = { ...this.#latest, position: this.#position };
      return this.#latest;
    }
    const routesChanged = this.#changed.size > 0;
    for (const deploymentId of this.#changed) this.#rebuild(deploymentId);
    const tokens = this.#tokensChanged ? new Map([...this.#tokens.values()].map(({ hash, grant }) => [hash, grant])) : this.#latest.tokens;
    this.#latest = routesChanged
      ? indexRoutes(this.#routesInOrder(), tokens, this.#position)
      : { ...this.#latest, tokens, position: this.#position };
    this.#changed.clear();
    this.#tokensChanged = false;
    return this.#latest;
  }

  #rebuild(deploymentId: string): void {
    const row = this.#deployments.get(deploymentId);
    if (row === undefined) this.#routes.delete(deploymentId);
    else this.#routes.set(deploymentId, routeOf(row));
  }

  /** In the order of the rows, which the facts alone decide; when a route was made depends on the cuts. */
  *#routesInOrder(): Iterable<Route> {
    for (const deploymentId of this.#deployments.keys()) {
      const route = this.#routes.get(deploymentId);
      if (route !== undefined) yield route;
    }
  }

  #project(streamId: string, event: RoutingFact): void {
    if (streamId.startsWith(DEPLOYMENT_STREAM)) this.#projectDeployment(streamId.slice(DEPLOYMENT_STREAM.length), event as DeploymentEvent);
    else if (streamId.startsWith(STATUS_STREAM)) this.#projectStatus(streamId.slice(STATUS_STREAM.length), event as StatusEvent);
    else if (streamId.startsWith(REPLICA_STREAM)) this.#projectReplica(streamId.slice(REPLICA_STREAM.length), event as ReplicaEvent);
    else if (streamId.startsWith(ACCESS_STREAM)) this.#projectAccess(event as AccessEvent);
  }

  #projectDeployment(deploymentId: string, event: DeploymentEvent): void {
    if (event.type === 'DeploymentCreated') {
      const { name, domain, openToPublic, preferredDomainName, stickiness = DEFAULT_STICKINESS, atMs } = event;
      const identity = { deploymentId, domain, name, openToPublic, preferredDomainName, stickiness, createdAtMs: atMs };
      this.#deployments.set(deploymentId, { ...identity, version: this.#position, weights: [], mirror: null, revisionIds: new Map(), replicas: new Map() });
      this.#changed.add(deploymentId);
      return;
    }
    const row = this.#deployments.get(deploymentId);
    if (row === undefined) return;
    switch (event.type) {
      case 'DeploymentRenamed':
        return this.#change(row, row.name !== event.name, { name: event.name });
      case 'DeploymentVisibilityChanged':
        return this.#change(row, row.openToPublic !== event.openToPublic, { openToPublic: event.openToPublic });
      case 'PreferredDomainNameChanged': {
        const { preferredDomainName } = event;
        return this.#change(row, row.preferredDomainName !== preferredDomainName, { preferredDomainName });
      }
      case 'DeploymentStickinessChanged':
        return this.#change(row, row.stickiness !== event.stickiness, { stickiness: event.stickiness });
      case 'DeploymentDeletionRequested':
      case 'DeploymentDeleted':
        return this.#forgetDeployment(deploymentId);
      case 'RevisionRegistered': {
        const { revisionId, number } = event;
        return this.#change(row, !row.revisionIds.has(revisionId), { revisionIds: new Map([...row.revisionIds, [String(number), revisionId], [revisionId, revisionId]]) });
      }
      case 'DeploymentTagsChanged':
      case 'DeploymentStrategyChanged':
      case 'ReplicasDesired':
      case 'RevisionActivationRequested':
      case 'RevisionActivated':
      case 'RevisionActivationFailed':
      case 'RollbackVerified':
        return;
    }
  }

  #projectStatus(deploymentId: string, event: StatusEvent): void {
    const row = this.#deployments.get(deploymentId);
    if (row === undefined) return;
    switch (event.type) {
      case 'RoutingChanged':
        return this.#projectRouting(row, event.weights, event.mirror);
      case 'DeploymentStatusChanged':
        return;
    }
  }

  #projectRouting(row: DeploymentRow, weights: readonly RevisionWeight[], mirror: RouteMirror | null): void {
    this.#change(row, !sameMirror(row.mirror, mirror) || !sameWeights(row.weights, weights), { weights, mirror });
  }

  #projectReplica(replicaId: string, event: ReplicaEvent): void {
    if (event.type === 'ReplicaRequested') {
      const { deploymentId, revisionId } = event;
      const row: ReplicaRow = { replicaId, deploymentId, revisionId, endpoint: null, isReady: false };
      this.#replicas.set(replicaId, row);
      this.#deployments.get(deploymentId)?.replicas.set(replicaId, row);
      return;
    }
    const row = this.#replicas.get(replicaId);
    if (row === undefined) return;
    switch (event.type) {
      case 'ReplicaLaunched':
        return this.#changeReplica(row, parseEndpoint(event.endpoint), false);
      case 'ReplicaReady':
        return this.#changeReplica(row, row.endpoint, true);
      case 'ReplicaUnready':
        return this.#changeReplica(row, row.endpoint, false);
      case 'ReplicaExited':
      case 'ReplicaDraining':
      case 'ReplicaDrained':
        return this.#changeReplica(row, null, false);
      case 'ReplicaFailed':
      case 'ReplicaStopped':
        this.#changeReplica(row, null, false);
        this.#replicas.delete(replicaId);
        this.#deployments.get(row.deploymentId)?.replicas.delete(replicaId);
        return;
    }
  }

  #projectAccess(event: AccessEvent): void {
    const { tokenId } = event;
    this.#tokensChanged = true;
    switch (event.type) {
      case 'AccessTokenCreated':
        this.#tokens.set(tokenId, { hash: event.hash, grant: grantOf(event) });
        return;
      case 'AccessTokenDeleted':
        this.#tokens.delete(tokenId);
        return;
    }
  }

  #change(row: DeploymentRow, isChange: boolean, to: Partial<DeploymentRow>): void {
    if (!isChange) return;
    Object.assign(row, to);
    this.#touch(row);
  }

  /** Only what is ready shows in a route. */
  #changeReplica(row: ReplicaRow, endpoint: Endpoint | null, isReady: boolean): void {
    const shows = row.isReady || isReady;
    row.endpoint = endpoint;
    row.isReady = isReady && endpoint !== null;
    const deployment = this.#deployments.get(row.deploymentId);
    if (shows && deployment !== undefined) this.#touch(deployment);
  }

  #touch(row: DeploymentRow): void {
    row.version = this.#position;
    this.#changed.add(row.deploymentId);
  }

  #forgetDeployment(deploymentId: string): void {
    this.#deployments.delete(deploymentId);
    this.#changed.add(deploymentId);
    for (const [tokenId, { grant }] of this.#tokens) {
      if (grant.deploymentId !== deploymentId) continue;
      this.#tokens.delete(tokenId);
      this.#tokensChanged = true;
    }
  }
}

function grantOf({ tokenId, deploymentId, expiresAtMs, mayPinRevisions }: Extract<AccessEvent, { type: 'AccessTokenCreated' }>): TokenGrant {
  return { tokenId, deploymentId, expiresAtMs, mayPinRevisions };
}

const DEPLOYMENT_STREAM = 'deployment-';
const STATUS_STREAM = 'status-';
const REPLICA_STREAM = 'replica-';
const ACCESS_STREAM = 'access-';
