import type { EngineLimits } from './forward-engine.js';

/** Everything a proxy bounds. Times in milliseconds, sizes in bytes. */
export type ProxyLimits = EngineLimits & {
  readonly inFlightMax: number;
  readonly bufferedBytesMax: number;
  /** Tries per request, the first included. */
  readonly attemptsMax: number;
  /** How long a request waits for a replica when none can be tried. */
  readonly waitForReplicaMs: number;
  /** Requests waiting for a replica, all deployments together. */
  readonly waitingMax: number;
  /** How long a replica that could not be connected to is tried last. */
  readonly avoidReplicaMs: number;
  /** How long running requests may take to end after the proxy was told to stop. */
  readonly drainLimitMs: number;
  readonly reportIntervalMs: number;
  readonly trafficIntervalMs: number;
  /** Replicas whose requests are counted for the judgement of revisions, and apart from them those whose copies are. */
  readonly trafficRowsMax: number;
  /** Copies of requests under way; beyond it none are made. */
  readonly mirrorsInFlightMax: number;
  /** Requests with longer bodies are not copied. */
  readonly mirrorBodyBytesMax: number;
  /** While the proxy holds more requests than this none are copied. */
  readonly mirrorWhileInFlightMax: number;
  /** Revisions with metrics of their own; those long out of the table make room. */
  readonly metricSeriesMax: number;
};

const KIB = 1024;
const MIB = 1024 * KIB;

export const DEFAULT_LIMITS: ProxyLimits = {
  bodyBytesMax: 2 * MIB,
  headBytesMax: 16 * KIB,
  headersMax: 100,
  headTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleKeepAliveMs: 75_000,
  connectionsMax: 10_000,
  upstreamConnectTimeoutMs: 3_000,
  upstreamHeadTimeoutMs: 600_000,
  streamIdleTimeoutMs: 300_000,
  clientStallTimeoutMs: 60_000,
  upstreamConnectionsPerReplicaMax: 1_024,
  upstreamKeepAliveMs: 4_000,
  inFlightMax: 4_096,
  bufferedBytesMax: 128 * MIB,
  attemptsMax: 3,
  waitForReplicaMs: 2_000,
  waitingMax: 256,
  avoidReplicaMs: 1_000,
  drainLimitMs: 60_000,
  lingerMs: 1_000,
  lingerBytesMax: 4 * MIB,
  reportIntervalMs: 1_000,
  trafficIntervalMs: 1_000,
  trafficRowsMax: 10_000,
  mirrorsInFlightMax: 64,
  mirrorBodyBytesMax: 256 * KIB,
  mirrorWhileInFlightMax: 1_024,
  metricSeriesMax: 1_000,
};
