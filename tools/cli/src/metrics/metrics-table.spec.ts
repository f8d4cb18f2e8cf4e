import { metricsTable, type Measured } from './metrics-table.js';

const unknown = { requestsPerSecond: null, errorRate: null, inFlight: null, latencyP50Ms: null, latencyP95Ms: null, latencyP99Ms: null, ttftP95Ms: null, tpotP95Ms: null, generationTokensPerSecond: null, requestsWaiting: null, kvCacheUsage: null, memoryUsedBytes: null };
const measured: Measured = {
  timestamp: '2026-11-21T08:00:00.000Z',
  stepSeconds: 5,
  revisionMetrics: [{ revisionId: 'one', kind: 'SERVED', ...unknown, requestsPerSecond: 12.34, errorRate: 0, latencyP95Ms: 81.26, memoryUsedBytes: 3 * 1024 ** 2 }],
  replicaMetrics: [{ replicaId: 'r', replicaName: 'tiny-1', revisionId: 'two', kind: 'MIRRORED', ...unknown }],
};

it('shows unknown as unknown and 0 as 0', () => {
  const [titles, row] = metricsTable([measured], new Map([['one', 'r1 (first)']]), false).split('\n').map((line) => line.split(/ {2,}/));
  expect(titles?.slice(1, 6)).toEqual(['OF', 'REQ/S', 'ERRORS %', 'P50 MS', 'P95 MS']);
  expect(row?.slice(1)).toEqual(['r1 (first)', '12.3', '0', '-', '81.3', '-', '-', '-', '-', '-', '-', '-', '3']);
});

it('tells replicas and copies of requests apart, and that there is nothing', () => {
  expect(metricsTable([measured], new Map(), true)).toContain('tiny-1 two (copies)');
  expect(metricsTable([], new Map(), false)).toBe('nothing was measured');
});
