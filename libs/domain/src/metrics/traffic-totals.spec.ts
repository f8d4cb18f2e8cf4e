import { EMPTY_SAMPLE } from '../analysis/measurement.js';
import { countLatency, NO_LATENCIES, quantile, totalOf } from './latency-counts.js';
import { PROXY_SILENCE_MAX_MS, BEATS_PER_FULL_REPORT } from './traffic-increases.js';
import type { TrafficReport } from './traffic-report.js';
import { subtractSamples, TrafficTotals } from './traffic-totals.js';

type Row = TrafficReport['rows'][number];

const row = (over: Partial<Row> = {}): Row => ({
  deploymentId: 'd',
  revisionId: 'r',
  replicaId: 'a',
  kind: 'served',
  successes: 0,
  failures: 0,
  excluded: 0,
  failuresInARow: 0,
  promptTokens: null,
  completionTokens: null,
  latency: NO_LATENCIES,
  timeToFirstToken: NO_LATENCIES,
  timePerOutputToken: NO_LATENCIES,
  inFlight: 0,
  ...over,
});

const report = (sequence: number, rows: readonly Row[], over: Partial<TrafficReport> = {}): TrafficReport => ({
  proxyId: 'proxy',
  instanceId: 'first',
  sequence,
  sentAtMs: 1_000 * sequence,
  rows,
  ...over,
});

const totalsAfter = (...reports: readonly TrafficReport[]): TrafficTotals => {
  const totals = new TrafficTotals();
  for (const each of reports) totals.take(each);
  return totals;
};

const latencies = (...durationsMs: readonly number[]): readonly number[] => {
  const counts = [...NO_LATENCIES];
  for (const ms of durationsMs) countLatency(counts, ms);
  return counts;
};

describe('what a revision served', () => {
  it('is 0 while nobody was heard to serve it', () => {
    expect(new TrafficTotals().sampleOf('r')).toEqual(EMPTY_SAMPLE);
  });

  it('is summed over proxies and replicas, copies left out', () => {
    const totals = totalsAfter(
      report(1, [row({ successes: 3 }), row({ replicaId: 'b', successes: 4, failures: 1 }), row({ kind: 'mirrored', successes: 90 })]),
      report(1, [row({ successes: 10 })], { proxyId: 'other', instanceId: 'o' }),
      report(1, [row({ revisionId: 'another', successes: 50 })], { proxyId: 'third', instanceId: 't' }),
    );
    expect(totals.sampleOf('r')).toMatchObject({ successes: 17, failures: 1 });
  });

  it('is not changed by losing reports, nor by one that arrives late or twice', () => {
    const totals = totalsAfter(
      report(1, [row({ successes: 3 })]),
      report(5, [row({ successes: 9, failures: 2 })]),
      report(4, [row({ successes: 8, failures: 2 })]),
      report(5, [row({ successes: 9, failures: 2 })]),
    );
    expect(totals.sampleOf('r')).toMatchObject({ successes: 9, failures: 2 });
  });

  it('goes on when a proxy starts anew and counts from 0, and when its old self is heard late', () => {
    const totals = totalsAfter(
      report(1, [row({ successes: 100 })]),
      report(1, [row({ successes: 7 })], { instanceId: 'second' }),
      report(2, [row({ successes: 101 })]),
    );
    expect(totals.sampleOf('r').successes).toBe(108);
  });

  it('leaves out what a proxy had counted before we listened', () => {
    const totals = totalsAfter(report(37, [row({ successes: 1_000 })]), report(38, [row({ successes: 1_004 })]), report(39, [row({ replicaId: 'late', successes: 500 })]));
    expect(totals.sampleOf('r').successes).toBe(4);
  });

  it('counts a new replica of a proxy we met in mid-life from its first request, once every row must have been told', () => {
    const totals = new TrafficTotals();
    for (let n = 0; n <= BEATS_PER_FULL_REPORT; n += 1) totals.take(report(37 + n, [row({ successes: 1_000 })]));
    totals.take(report(38 + BEATS_PER_FULL_REPORT, [row({ replicaId: 'new', successes: 6 })]));
    expect(totals.sampleOf('r').successes).toBe(6);
  });

  it('does not take the parts of one large beat for a full report', () => {
    const totals = new TrafficTotals();
    for (let n = 0; n < 2 * BEATS_PER_FULL_REPORT; n += 1) totals.take(report(37 + n, [row({ replicaId: `replica-${n}`, successes: 1_000 })], { sentAtMs: n }));
    totals.take(report(99, [row({ replicaId: 'old', successes: 1_000 })]));
    expect(totals.sampleOf('r').successes).toBe(0);
  });

  it('does not count anything twice when a proxy thought gone is heard again', () => {
    const totals = new TrafficTotals();
    totals.take(report(1, [row({ successes: 10 })]), 0);
    totals.take(report(2_000, [row({ successes: 900 })]), PROXY_SILENCE_MAX_MS + 1);
    totals.take(report(2_001, [row({ successes: 905 })]), PROXY_SILENCE_MAX_MS + 2);
    expect(totals.sampleOf('r').successes).toBe(15);
  });

  it('tells what was served between two totals', () => {
    const totals = totalsAfter(report(1, [row({ successes: 2, latency: latencies(10, 10) })]));
    const earlier = totals.sampleOf('r');
    totals.take(report(2, [row({ successes: 3, failures: 1, failuresInARow: 1, latency: latencies(10, 10, 800) })]));
    const between = subtractSamples(totals.sampleOf('r'), earlier);
    expect(between).toMatchObject({ successes: 1, failures: 1 });
    expect(totalOf(between.latency)).toBe(1);
    expect(quantile(between.latency, 0.5)).toBeGreaterThan(500);
  });
});

describe('failures in a row of a revision', () => {
  it('grow over replicas and reports while nothing succeeds', () => {
    const totals = totalsAfter(
      report(1, [row({ successes: 1, failures: 2, failuresInARow: 2 })]),
      report(2, [row({ replicaId: 'b', failures: 3, failuresInARow: 3 })]),
      report(3, [row({ successes: 1, failures: 3, failuresInARow: 3 })]),
    );
    expect(totals.sampleOf('r').failuresInARow).toBe(6);
  });

  it('are no more than what surely came after the last success', () => {
    const totals = totalsAfter(report(1, [row({ failures: 50, failuresInARow: 50 }), row({ replicaId: 'b', successes: 9 })]));
    expect(totals.sampleOf('r').failuresInARow).toBe(0);
  });
});
