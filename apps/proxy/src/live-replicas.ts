import type { ReplicaLoad, RoutableReplica, Route, RoutingTable } from '@slipway/domain';
import type { Upstream } from './forward-engine.js';
import type { TrafficRow } from './traffic-ledger.js';

/** What a proxy counts of one replica since it last reported. */
export type ReplicaTally = {
  readonly replicaId: string;
  readonly deploymentId: string;
  readonly revisionId: string;
  /** Requests that ended. */
  requests: number;
  /** Of these: answered 5xx, failed or cut. */
  errors: number;
  latencySumMs: number;
  /** From the request's arrival to the first byte of the answer's body; over `firstBytes` requests. */
  timeToFirstByteSumMs: number;
  firstBytes: number;
};

/** One replica as this proxy deals with it. */
export type LiveReplica = {
  readonly replicaId: string;
  readonly deploymentId: string;
  readonly revisionId: string;
  readonly host: string;
  readonly port: number;
  readonly upstream: Upstream;
  /** The Authorization header it expects. */
  readonly authorization: string;
  /** Requests given to it that have not ended; counted from the moment of choice. */
  inFlight: number;
  avoidedUntilMs: number;
  isInTable: boolean;
  tally: ReplicaTally;
  /** Where its requests, and copies of others', are counted; null until it has had one. */
  served: TrafficRow | null;
  mirrored: TrafficRow | null;
};

export type LiveReplicasOptions = {
  readonly connect: (host: string, port: number) => Upstream;
  readonly replicaKey: (replicaId: string) => string;
  /** A replica that left the table has no request of this proxy any more. */
  readonly onDrained: (replicaId: string) => void;
};

/** The live side of the routing table: connections and counters of every replica that is in it or still has requests. */
export class LiveReplicas implements ReplicaLoad {
  readonly #byAddress = new Map<string, LiveReplica>();
  /** Those in the table, by id: a replica that came back on another port is another entry. */
  readonly #current = new Map<string, LiveReplica>();
  #tried: readonly string[] = [];
  #nowMs = 0;

  constructor(private readonly options: LiveReplicasOptions) {}

  /** Takes over a new table; only routes that differ from the old table's are looked at. */
  adopt(next: RoutingTable, previous: RoutingTable): void {
    for (const [deploymentId, old] of previous.byDeployment) {
      const route = next.byDeployment.get(deploymentId);
      if (route === old) continue;
      const staying = new Set(route === undefined ? [] : replicasOf(route).map(addressOf));
      for (const replica of replicasOf(old)) if (!staying.has(addressOf(replica))) this.#leave(addressOf(replica));
    }
    for (const [deploymentId, route] of next.byDeployment) {
      if (route === previous.byDeployment.get(deploymentId)) continue;
      for (const replica of replicasOf(route)) this.#enter(deploymentId, replica);
    }
  }

  /** The live side of a replica that is in the table. */
  of(replica: RoutableReplica): LiveReplica {
    const live = this.#current.get(replica.replicaId);
    if (live === undefined) throw new Error(`replica ${replica.replicaId} was chosen from a table that was not adopted`);
    return live;
  }

  /** Sets what the three questions of `chooseReplica` are about, until the next call. */
  asSeenBy(tried: readonly string[], nowMs: number): ReplicaLoad {
    this.#tried = tried;
    this.#nowMs = nowMs;
    return this;
  }

  inFlight(replicaId: string): number {
    return this.#current.get(replicaId)?.inFlight ?? 0;
  }

  isAvoided(replicaId: string): boolean {
    return (this.#current.get(replicaId)?.avoidedUntilMs ?? 0) > this.#nowMs;
  }

  wasTried(replicaId: string): boolean {
    return this.#tried.length > 0 && this.#tried.includes(replicaId);
  }

  /** A request that was given to the replica has ended there. */
  end(live: LiveReplica): void {
    live.inFlight -= 1;
    if (live.inFlight === 0 && !live.isInTable) this.#forget(live);
  }

  /** Requests in flight by replica, those with none left out but for replicas in the table. */
  inFlightByReplica(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { replicaId, inFlight } of this.#byAddress.values()) counts[replicaId] = (counts[replicaId] ?? 0) + inFlight;
    return counts;
  }

  /** What was counted since the last call, of replicas that ended any request. */
  takeTallies(): readonly ReplicaTally[] {
    const tallies: ReplicaTally[] = [];
    for (const live of this.#byAddress.values()) {
      if (live.tally.requests === 0) continue;
      tallies.push(live.tally);
      live.tally = emptyTally(live);
    }
    return tallies;
  }

  #enter(deploymentId: string, replica: RoutableReplica): void {
    const address = addressOf(replica);
    const known = this.#byAddress.get(address);
    const live = known ?? this.#create(deploymentId, replica);
    live.isInTable = true;
    this.#byAddress.set(address, live);
    this.#current.set(replica.replicaId, live);
  }

  #create(deploymentId: string, { replicaId, revisionId, host, port }: RoutableReplica): LiveReplica {
    const upstream = this.options.connect(host, port);
    const authorization = `Bearer ${this.options.replicaKey(replicaId)}`;
    const identity = { replicaId, deploymentId, revisionId };
    const tally = emptyTally(identity);
    return { ...identity, host, port, upstream, authorization, inFlight: 0, avoidedUntilMs: 0, isInTable: true, tally, served: null, mirrored: null };
  }

  #leave(address: string): void {
    const live = this.#byAddress.get(address);
    if (live === undefined) return;
    live.isInTable = false;
    if (this.#current.get(live.replicaId) === live) this.#current.delete(live.replicaId);
    if (live.inFlight === 0) this.#forget(live);
  }

  #forget(live: LiveReplica): void {
    this.#byAddress.delete(addressOf(live));
    live.upstream.release();
    if (live.served !== null) live.served.isLive = false;
    if (live.mirrored !== null) live.mirrored.isLive = false;
    this.options.onDrained(live.replicaId);
  }
}

function emptyTally({ replicaId, deploymentId, revisionId }: Pick<ReplicaTally, 'replicaId' | 'deploymentId' | 'revisionId'>): ReplicaTally {
  return { replicaId, deploymentId, revisionId, requests: 0, errors: 0, latencySumMs: 0, timeToFirstByteSumMs: 0, firstBytes: 0 };
}

const addressOf = (replica: Pick<RoutableReplica, 'replicaId' | 'host' | 'port'>): string => `${replica.replicaId}@${replica.host}:${replica.port}`;
const replicasOf = (route: Route): readonly RoutableReplica[] => route.revisions.flatMap((revision) => revision.replicas);
