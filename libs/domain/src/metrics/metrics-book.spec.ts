import { NO_ENGINE, NO_GAUGES, type EnginePoint } from './engine-point.js';
import { countLatency, NO_LATENCIES } from './latency-counts.js';
import { metricValues, type MetricValues } from './metric-values.js';
import { GAUGE_VALID_MS, MetricsBook } from './metrics-book.js';
import type { TrafficKey, TrafficReport } from './traffic-report.js';

type Row = TrafficReport['rows'][number];

const NOW = 1_000_000_000;
const key: TrafficKey = { deploymentId: 'd', revisionId: 'r', replicaId: 'a', kind: 'served' };

const row = (over: Partial<Row> = {}): Row => ({
  ...key,
  ...{ successes: 0, failures: 0, excluded: 0, failuresInARow: 0, promptTokens: null, completionTokens: null, inFlight: 0 },
  ...{ latency: NO_LATENCIES, timeToFirstToken: NO_LATENCIES, timePerOutputToken: NO_LATENCIES },
  ...over,
});

const report = (sequence: number, rows: readonly Row[], proxyId = 'p'): TrafficReport => ({ proxyId, instanceId: 'i', sequence, sentAtMs: 0, rows });

const engine = (over: Partial<Omit<EnginePoint, 'gauges'>> = {}, gauges: Partial<EnginePoint['gauges']> = {}): EnginePoint => ({
  ...NO_ENGINE,
  ...over,
  gauges: { ...NO_GAUGES, ...gauges },
});

/** The step of 10 s that ends at NOW, of some replicas together. */
function valuesOf(book: MetricsBook, ...replicaIds: readonly string[]): MetricValues {
  const window = book.window(NOW - 10_000, NOW, 10_000, NOW);
  return metricValues(replicaIds.map((replicaId) => book.read({ ...key, replicaId }, window, NOW)));
}

describe('what is known of a replica', () => {
  it('is nothing while nobody told anything: unknown is not 0', () => {
    expect(Object.values(valuesOf(new MetricsBook(), 'a')).every((value) => value === null)).toBe(true);
  });

  it('is no request a second when proxies are heard and none was sent to it, and no rate of success', () => {
    const book = new MetricsBook();
    book.takeTraffic(report(1, []), NOW - 5_000);
    expect(valuesOf(book, 'a')).toMatchObject({ requestsPerSecond: 0, inFlight: 0, successRate: null, errorRate: null, ttftP95Ms: null, requestsRunning: null });
  });

  it('is what proxies counted: rates over the step, shares of judged requests, quantiles', () => {
    const book = new MetricsBook();
    const latency = [...NO_LATENCIES];
    for (let n = 0; n < 9; n += 1) countLatency(latency, 100);
    book.takeTraffic(report(1, [row({ successes: 9, failures: 1, excluded: 10, completionTokens: 500, latency, inFlight: 3 })]), NOW - 5_000);
    const values = valuesOf(book, 'a');
    expect(values).toMatchObject({ requestsPerSecond: 2, successRate: 0.9, errorRate: 0.1, generationTokensPerSecond: 50, promptTokensPerSecond: null, inFlight: 3 });
    expect(values.latencyP50Ms).toBeGreaterThan(80);
    expect(values.latencyP50Ms).toBeLessThan(125);
  });

  it('has requests in flight at every proxy, until a proxy falls silent', () => {
    const book = new MetricsBook();
    book.takeTraffic(report(1, [row({ inFlight: 2 })]), NOW - 20_000);
    book.takeTraffic(report(1, [row({ inFlight: 3 })], 'other'), NOW - 19_000);
    const then = book.window(NOW - 20_000, NOW - 18_000, 1_000, NOW);
    expect(book.read(key, then, NOW - 18_000).traffic?.inFlight).toBe(5);
    book.takeTraffic(report(2, [row({ inFlight: 1, successes: 1 })], 'other'), NOW - 19_000 + GAUGE_VALID_MS + 1);
    expect(valuesOf(book, 'a').inFlight).toBe(1);
  });

  it('is what the engine told: counts over the time they were counted in, its last word on the rest', () => {
    const book = new MetricsBook();
    book.takeEngine('a', engine({ coveredMs: 5_000, generationTokens: 100, prefixQueries: 10, prefixHits: 4 }, { requestsRunning: 4, kvCacheUsage: 0.5 }), NOW - 7_000);
    book.takeEngine('a', engine({ coveredMs: 5_000, generationTokens: 300, prefixQueries: 10, prefixHits: 6 }, { requestsRunning: 2 }), NOW - 2_000);
    expect(valuesOf(book, 'a')).toMatchObject({ generationTokensPerSecond: 40, prefixCacheHitRate: 0.5, requestsRunning: 2, kvCacheUsage: 0.5, requestsWaiting: null, gpuUtilization: null });
  });
});

describe('what is known of a revision', () => {
  it('sums loads and rates, takes the fullest cache and the mean of utilisation', () => {
    const book = new MetricsBook();
    book.takeEngine('a', engine({ coveredMs: 5_000, promptTokens: 50 }, { requestsRunning: 1, kvCacheUsage: 0.2, cpuUtilization: 0.1, memoryUsedBytes: 5 }), NOW - 1_000);
    book.takeEngine('b', engine({ coveredMs: 10_000, promptTokens: 50 }, { requestsRunning: 2, kvCacheUsage: 0.9, cpuUtilization: 0.3 }), NOW - 1_000);
    const values = valuesOf(book, 'a', 'b', 'silent');
    expect(values).toMatchObject({ requestsRunning: 3, kvCacheUsage: 0.9, memoryUsedBytes: 5, promptTokensPerSecond: 15 });
    expect(values.cpuUtilization).toBeCloseTo(0.2);
  });

  it('keeps mirrored requests out of the served ones', () => {
    const book = new MetricsBook();
    book.takeTraffic(report(1, [row({ successes: 1 }), row({ kind: 'mirrored', failures: 50 })]), NOW - 1_000);
    const window = book.window(NOW - 10_000, NOW, 10_000, NOW);
    expect(valuesOf(book, 'a').successRate).toBe(1);
    expect(metricValues([book.read({ ...key, kind: 'mirrored' }, window, NOW)]).successRate).toBe(0);
    expect(book.read({ ...key, replicaId: 'b', kind: 'mirrored' }, window, NOW).traffic).toBeNull();
  });
});
