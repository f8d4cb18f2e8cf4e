import {
  countRequest,
  emptyRetryWindow,
  EMPTY_ROUTING_TABLE,
  takeRetry,
  type AdmissionLoad,
  type RetryWindow,
  type Route,
  type RoutingTable,
} from '@slipway/domain';
import type { Upstream } from './forward-engine.js';
import type { ProxyLimits } from './limits.js';
import { LiveReplicas } from './live-replicas.js';
import type { ProxyLog } from './proxy-log.js';
import { Mirrors } from './mirrors.js';
import { ProxyMetrics } from './proxy-metrics.js';
import type { RequestTraces } from './request-traces.js';
import { TrafficLedger } from './traffic-ledger.js';
import { WaitingRoom } from './waiting-room.js';

export type DataPlaneOptions = {
  readonly limits: ProxyLimits;
  readonly connect: (host: string, port: number) => Upstream;
  readonly replicaKey: (replicaId: string) => string;
  /** The table has moved on, or a replica that left it has no more requests. */
  readonly onChange: () => void;
  readonly log: ProxyLog;
  /** Null: requests are not traced. */
  readonly traces: RequestTraces | null;
};

/** One deployment's requests now, and its retry budget. */
export class DeploymentTraffic {
  inFlight = 0;
  readonly #window: RetryWindow = emptyRetryWindow();

  begin(nowMs: number): void {
    this.inFlight += 1;
    countRequest(this.#window, Math.floor(nowMs / 1_000));
  }

  takeRetry(nowMs: number): boolean {
    return takeRetry(this.#window, Math.floor(nowMs / 1_000), this.inFlight);
  }
}

/** All that requests share in one proxy: the routing table in use and everything live beside it. */
export class DataPlane {
  readonly limits: ProxyLimits;
  readonly log: ProxyLog;
  readonly traces: RequestTraces | null;
  readonly live: LiveReplicas;
  readonly waitingRoom: WaitingRoom;
  readonly metrics: ProxyMetrics;
  readonly traffic: TrafficLedger;
  readonly mirrors = new Mirrors(this);
  readonly load: { -readonly [K in keyof AdmissionLoad]: AdmissionLoad[K] } = { inFlight: 0, bufferedBytes: 0 };
  #table: RoutingTable = EMPTY_ROUTING_TABLE;
  #hasTable = false;
  readonly #byDeployment = new Map<string, DeploymentTraffic>();
  #onIdle: (() => void) | null = null;

  constructor(private readonly options: DataPlaneOptions) {
    const { limits, connect, replicaKey, onChange, log, traces } = options;
    this.limits = limits;
    this.log = log;
    this.traces = traces;
    this.live = new LiveReplicas({ connect, replicaKey, onDrained: onChange });
    this.waitingRoom = new WaitingRoom(limits.waitingMax);
    this.metrics = new ProxyMetrics(limits.metricSeriesMax);
    this.traffic = new TrafficLedger(limits.trafficRowsMax);
  }

  /** False until the first table is in use: until then nobody can be told that they may not, or that there is nothing. */
  get hasTable(): boolean {
    return this.#hasTable;
  }

  get table(): RoutingTable {
    return this.#table;
  }

  /** From here on every request is decided by `next`. */
  swap(next: RoutingTable): void {
    const previous = this.#table;
    this.live.adopt(next, previous);
    this.metrics.adopt(changedRoutes(next, previous));
    for (const [deploymentId, { inFlight }] of this.#byDeployment) {
      if (inFlight === 0 && !next.byDeployment.has(deploymentId)) this.#byDeployment.delete(deploymentId);
    }
    this.#table = next;
    this.#hasTable = true;
    this.waitingRoom.wakeThose((deploymentId) => next.byDeployment.get(deploymentId) !== previous.byDeployment.get(deploymentId));
    this.options.onChange();
  }

  trafficOf(deploymentId: string): DeploymentTraffic {
    const known = this.#byDeployment.get(deploymentId);
    if (known !== undefined) return known;
    const traffic = new DeploymentTraffic();
    this.#byDeployment.set(deploymentId, traffic);
    return traffic;
  }

  /** A request that was admitted is over, and the bytes of its body are let go. */
  dismiss(bodyBytes: number): void {
    this.load.inFlight -= 1;
    this.load.bufferedBytes -= bodyBytes;
    if (this.load.inFlight === 0) this.#onIdle?.();
  }

  /** Resolves when no request is held. */
  async idle(): Promise<void> {
    if (this.load.inFlight === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }
}

function* changedRoutes(next: RoutingTable, previous: RoutingTable): Iterable<Route> {
  for (const [deploymentId, route] of next.byDeployment) if (previous.byDeployment.get(deploymentId) !== route) yield route;
}
