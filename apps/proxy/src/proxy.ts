import type { RoutingTable } from '@slipway/domain';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { DataPlane } from './data-plane.js';
import type { FactSource } from './fact-source.js';
import type { ForwardEngineFactory } from './forward-engine.js';
import { createHttp1ForwardEngine } from './http1-forward-engine.js';
import { DEFAULT_LIMITS, type ProxyLimits } from './limits.js';
import { metricsOf } from './prometheus-text.js';
import type { ProxyLog } from './proxy-log.js';
import { ReportLoop, SILENT_REPORTER, type ProxyReporter } from './proxy-reporter.js';
import { createRequestHandler } from './request-handler.js';
import type { RequestTraces } from './request-traces.js';
import { TableFollower } from './table-follower.js';
import { TrafficReports } from './traffic-reports.js';

export type ProxyOptions = {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Where the routing table comes from: folded from facts, or as it is (then `swapTable` changes it). */
  readonly routing: { readonly source: FactSource } | { readonly table: RoutingTable };
  /** The key a replica expects of this platform. */
  readonly replicaKey: (replicaId: string) => string;
  readonly reporter?: ProxyReporter;
  readonly limits?: Partial<ProxyLimits>;
  /** Lower-case hex SHA-256 of the token that may read `/metrics`; without one only programs on this machine may. */
  readonly operatorTokenHash?: string | null;
  readonly log?: ProxyLog;
  /** Absent: requests are not traced. */
  readonly traces?: RequestTraces;
  readonly proxyId?: string;
  /** Default: our own HTTP/1.1. */
  readonly engine?: ForwardEngineFactory;
};

export type RunningProxy = {
  readonly proxyId: string;
  readonly port: number;
  /** The log position of the table in use. */
  position(): number;
  /** Everything it counts, in Prometheus' text format. */
  metrics(): string;
  /** Resolves when the first routing table is in use. */
  ready(): Promise<void>;
  /** Puts another table in use at once; for proxies started with one. */
  swapTable(table: RoutingTable): void;
  /** Not ready, accepts no more, lets running requests end (up to `drainLimitMs`), then ends. Says how many it cut. */
  stop(): Promise<{ readonly cutRequests: number }>;
};

/** Starts a proxy: it listens at once, and serves as soon as it has a routing table. Rejects if the address cannot be had. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const limits: ProxyLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const log: ProxyLog = options.log ?? (() => undefined);
  const proxyId = options.proxyId ?? randomUUID();
  const createEngine = options.engine ?? createHttp1ForwardEngine;
  let stopping = false;

  const plane: DataPlane = new DataPlane({
    limits,
    connect: (host, port) => engine.upstream(host, port),
    replicaKey: (replicaId) => keyOrNone(options, replicaId, log),
    onChange: () => reports.changed(),
    log,
    traces: options.traces ?? null,
  });
  const handler = createRequestHandler({
    plane,
    isReady: () => plane.hasTable && !stopping,
    operatorTokenHash: options.operatorTokenHash ?? null,
  });
  const engine = createEngine(limits, handler);
  const reports = new ReportLoop(
    {
      proxyId,
      position: () => plane.table.position,
      inFlightByReplica: () => plane.live.inFlightByReplica(),
      takeTallies: () => plane.live.takeTallies(),
    },
    options.reporter ?? SILENT_REPORTER,
    limits.reportIntervalMs,
  );
  const traffic = new TrafficReports(proxyId, plane.traffic, options.reporter ?? SILENT_REPORTER, limits.trafficIntervalMs);
  const swap = (table: RoutingTable): void => plane.swap(table);

  const { port } = await engine.listen(options.host, options.port);
  log('listening', { host: options.host, port, proxyId });
  let follower: TableFollower | null = null;
  if ('table' in options.routing) swap(options.routing.table);
  else {
    follower = new TableFollower({ source: options.routing.source, swap, log });
    follower.start();
  }
  reports.start();
  traffic.start();

  return {
    proxyId,
    port,
    position: () => plane.table.position,
    metrics: () => metricsOf(plane),
    ready: () => follower?.caughtUp() ?? Promise.resolve(),
    swapTable: swap,

    async stop() {
      stopping = true;
      log('draining', { inFlight: plane.load.inFlight });
      const connectionsEnded = engine.stopAccepting();
      await within(limits.drainLimitMs, plane.idle());
      const cutRequests = plane.load.inFlight;
      await within(limits.lingerMs, connectionsEnded); // last bytes to slow clients
      plane.mirrors.stop();
      await engine.destroy();
      await follower?.stop();
      traffic.stop();
      reports.stop();
      log('stopped', { cutRequests, position: plane.table.position });
      return { cutRequests };
    },
  };
}

/** A replica whose key cannot be had refuses our requests, and clients are told 502; the others are served. */
function keyOrNone({ replicaKey }: ProxyOptions, replicaId: string, log: ProxyLog): string {
  try {
    return replicaKey(replicaId);
  } catch (error) {
    log('replica-key-unavailable', { replicaId, message: (error as Error).message });
    return 'unavailable';
  }
}

/** Resolves when `done` does, or after the time. */
async function within(timeMs: number, done: Promise<void>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([done, wait(timeMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
}
