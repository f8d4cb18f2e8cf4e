import type { LatencyCounts } from './latency-counts.js';

/** Served to a client, or a copy whose answer nobody sees. */
export type TrafficKind = 'served' | 'mirrored';

/** Whose requests are counted together. */
export type TrafficKey = {
  readonly deploymentId: string;
  readonly revisionId: string;
  readonly replicaId: string;
  readonly kind: TrafficKind;
};

/**
 * What one proxy has counted since it started; a count never falls while the proxy lives. A request is exactly one of
 * success, failure or excluded. Cancelled after its first byte it is a success; refused for what the client sent (4xx)
 * or left by the client before the first byte it is excluded.
 */
export type TrafficCounts = {
  readonly successes: number;
  readonly failures: number;
  readonly excluded: number;
  /** Failures since the last success: the one value here that falls. */
  readonly failuresInARow: number;
  /** Null: no answer has told. */
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  /** From the request's arrival to the end of its answer, successes only. */
  readonly latency: LatencyCounts;
  /** To the first byte of the body of a streamed answer. */
  readonly timeToFirstToken: LatencyCounts;
  /** Time from first to last byte of a streamed answer over the tokens after the first. */
  readonly timePerOutputToken: LatencyCounts;
};

/** Sent about once a second, and told again in full by the next one: losing some loses nothing. */
export type TrafficReport = {
  readonly proxyId: string;
  /** Another one means that the proxy has started anew and counts from 0. */
  readonly instanceId: string;
  /** Grows by one with each report of this instance: an older one that arrives late is to be dropped. */
  readonly sequence: number;
  readonly sentAtMs: number;
  /** Only rows that changed since the last report, and every row in each tenth report. */
  readonly rows: readonly (TrafficKey & TrafficCounts & { readonly inFlight: number })[];
};
