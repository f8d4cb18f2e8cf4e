import type { EnginePoint } from './engine-point.js';
import { quantile, totalOf, type LatencyCounts } from './latency-counts.js';
import { bothTraffic, NO_TRAFFIC, sumKnown, sumLatencies, type TrafficPoint } from './traffic-point.js';

/** What is shown of a replica or a revision at an instant. Null: unknown. Shares are 0 to 1, times milliseconds. */
export type MetricValues = {
  readonly requestsRunning: number | null;
  readonly requestsWaiting: number | null;
  readonly kvCacheUsage: number | null;
  readonly ttftP50Ms: number | null;
  readonly ttftP95Ms: number | null;
  readonly ttftP99Ms: number | null;
  readonly tpotP50Ms: number | null;
  readonly tpotP95Ms: number | null;
  readonly tpotP99Ms: number | null;
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
  readonly latencyP99Ms: number | null;
  readonly promptTokensPerSecond: number | null;
  readonly generationTokensPerSecond: number | null;
  readonly prefixCacheHitRate: number | null;
  readonly errorRate: number | null;
  readonly successRate: number | null;
  readonly requestsPerSecond: number | null;
  readonly inFlight: number | null;
  readonly cpuUtilization: number | null;
  readonly memoryUsedBytes: number | null;
  readonly gpuUtilization: number | null;
  readonly gpuMemoryUsedBytes: number | null;
};

/** What is known of one replica in one step. */
export type ReplicaWindow = {
  /** Null: no proxy was heard in the step, so that nobody knows. Without requests while proxies were heard: NO_TRAFFIC. */
  readonly traffic: TrafficPoint | null;
  readonly trafficMs: number;
  /** Null: the engine did not tell. */
  readonly engine: EnginePoint | null;
};

/**
 * What proxies measured comes before what engines tell, where both know: it is what clients saw. Of several replicas: rates, loads and
 * memory are sums, quantiles those of all requests together, utilisation is the mean, and the fullest cache stands for all.
 */
export function metricValues(windows: readonly ReplicaWindow[]): MetricValues {
  const traffic = windows.reduce<TrafficPoint | null>((sum, { traffic: one }) => (one === null ? sum : bothTraffic(sum ?? NO_TRAFFIC, one)), null);
  const engines = windows.flatMap(({ engine }) => (engine === null ? [] : [engine]));
  return {
    ...engineLoad(engines),
    ...latencies(traffic, engines),
    ...tokens(windows, engines),
    ...outcomes(windows, traffic),
    inFlight: traffic === null ? null : (traffic.inFlight ?? 0),
  };
}

function engineLoad(engines: readonly EnginePoint[]) {
  const gauges = engines.map((engine) => engine.gauges);
  const hits = sumOver(engines, (engine) => engine.prefixHits);
  const queries = sumOver(engines, (engine) => engine.prefixQueries);
  return {
    requestsRunning: sumOver(gauges, (gauge) => gauge.requestsRunning),
    requestsWaiting: sumOver(gauges, (gauge) => gauge.requestsWaiting),
    kvCacheUsage: known(gauges, (gauge) => gauge.kvCacheUsage).reduce<number | null>((max, usage) => Math.max(max ?? 0, usage), null),
    prefixCacheHitRate: (queries === null || hits === null ? null : shareOf(hits, queries)) ?? mean(known(gauges, (gauge) => gauge.prefixCacheHitRate)),
    cpuUtilization: mean(known(gauges, (gauge) => gauge.cpuUtilization)),
    memoryUsedBytes: sumOver(gauges, (gauge) => gauge.memoryUsedBytes),
    gpuUtilization: mean(known(gauges, (gauge) => gauge.gpuUtilization)),
    gpuMemoryUsedBytes: sumOver(gauges, (gauge) => gauge.gpuMemoryUsedBytes),
  };
}

type Latencies = Pick<EnginePoint, 'latency' | 'timeToFirstToken' | 'timePerOutputToken'>;

function latencies(traffic: TrafficPoint | null, engines: readonly EnginePoint[]) {
  const counts = (name: keyof Latencies): LatencyCounts => {
    const seen = traffic?.[name];
    if (seen !== undefined && totalOf(seen) > 0) return seen;
    return engines.map((engine) => engine[name]).reduce(sumLatencies, NO_TRAFFIC.latency);
  };
  const [ttft, tpot, latency] = [counts('timeToFirstToken'), counts('timePerOutputToken'), counts('latency')];
  return {
    ttftP50Ms: quantile(ttft, 0.5),
    ttftP95Ms: quantile(ttft, 0.95),
    ttftP99Ms: quantile(ttft, 0.99),
    tpotP50Ms: quantile(tpot, 0.5),
    tpotP95Ms: quantile(tpot, 0.95),
    tpotP99Ms: quantile(tpot, 0.99),
    latencyP50Ms: quantile(latency, 0.5),
    latencyP95Ms: quantile(latency, 0.95),
    latencyP99Ms: quantile(latency, 0.99),
  };
}

/** Engines count tokens as they are made, proxies when an answer ends: here the engine is asked first. */
function tokens(windows: readonly ReplicaWindow[], engines: readonly EnginePoint[]) {
  const seen = (name: 'promptTokens' | 'completionTokens') =>
    sumOver(windows, ({ traffic, trafficMs }) => (traffic === null ? null : perSecond(traffic[name], trafficMs)));
  return {
    promptTokensPerSecond: sumOver(engines, (engine) => perSecond(engine.promptTokens, engine.coveredMs)) ?? seen('promptTokens'),
    generationTokensPerSecond:
      sumOver(engines, (engine) => perSecond(engine.generationTokens, engine.coveredMs) ?? engine.gauges.generationTokensPerSecond) ?? seen('completionTokens'),
  };
}

/** Excluded requests came, and are neither success nor failure. Without any proxy heard, the engines' own counts stand in. */
function outcomes(windows: readonly ReplicaWindow[], traffic: TrafficPoint | null) {
  const told = traffic ?? countedByEngines(windows);
  const judged = told === null ? 0 : told.successes + told.failures;
  const rate = (window: ReplicaWindow): number | null => {
    if (window.traffic !== null) return perSecond(window.traffic.successes + window.traffic.failures + window.traffic.excluded, window.trafficMs);
    return window.engine === null ? null : perSecond(sumKnown(window.engine.successes, window.engine.failures), window.engine.coveredMs);
  };
  return {
    successRate: told === null ? null : shareOf(told.successes, judged),
    errorRate: told === null ? null : shareOf(told.failures, judged),
    requestsPerSecond: sumOver(windows, rate),
  };
}

function countedByEngines(windows: readonly ReplicaWindow[]): { readonly successes: number; readonly failures: number } | null {
  const engines = windows.flatMap(({ engine }) => (engine === null ? [] : [engine]));
  const successes = sumOver(engines, (engine) => engine.successes);
  const failures = sumOver(engines, (engine) => engine.failures);
  return successes === null || failures === null ? null : { successes, failures }; // one alone says nothing of a share
}

const perSecond = (count: number | null, spanMs: number): number | null => (count === null || spanMs <= 0 ? null : (1_000 * count) / spanMs);
const shareOf = (part: number, whole: number): number | null => (whole <= 0 ? null : Math.min(1, part / whole));
const known = <T>(items: readonly T[], value: (item: T) => number | null): readonly number[] => items.map(value).filter((each) => each !== null);
const sumOver = <T>(items: readonly T[], value: (item: T) => number | null): number | null => items.map(value).reduce(sumKnown, null);
const mean = (values: readonly number[]): number | null => (values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length);
