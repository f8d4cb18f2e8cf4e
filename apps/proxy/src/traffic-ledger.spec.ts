import { signalContracts, TRAFFIC_ROWS_PER_REPORT_MAX } from '@slipway/contracts';
import { BEATS_PER_FULL_REPORT, TrafficIncreases, totalOf, type TrafficReport } from '@slipway/domain';
import { AnswerReading } from './answer-reading.js';
import { TrafficLedger } from './traffic-ledger.js';
import { TrafficReports } from './traffic-reports.js';
import { eventually } from './testing/condition.js';

const at = (replicaId: string) => ({ deploymentId: 'd', revisionId: 'r', replicaId });
const times = { beganMs: 100, firstByteMs: 150, endedMs: 350 };

function streamOf(events: number): AnswerReading {
  const reading = new AnswerReading(true, true);
  for (let i = 0; i < events; i += 1) reading.note(Buffer.from('data: {}\n\n'));
  return reading;
}

describe('what a proxy counts', () => {
  it('is each try once, with its latencies where it was well', () => {
    const row = new TrafficLedger(10).row(at('a'), 'served');
    for (let i = 0; i < 5; i += 1) row.begin();
    row.end('success', times, streamOf(5));
    row.end('cancelled', times, streamOf(3));
    row.end('failure', times, null);
    row.end('excluded', times, null);
    row.end('handedOver', times, null);
    expect(row).toMatchObject({ successes: 2, failures: 1, failuresInARow: 1, excluded: 1, inFlight: 0, promptTokens: null });
    expect([row.latency, row.timeToFirstToken, row.timePerOutputToken].map(totalOf)).toEqual([1, 2, 2]);
  });

  it('is how many failures came in a row until the last success', () => {
    const row = new TrafficLedger(10).row(at('a'), 'served');
    for (const ending of ['failure', 'failure', 'excluded', 'failure'] as const) row.end(ending, times, null);
    expect(row.failuresInARow).toBe(3);
    row.end('success', times, null);
    expect(row).toMatchObject({ failuresInARow: 0, failures: 3 });
  });

  it('goes on where it was when a replica comes back, and is apart for copies', () => {
    const ledger = new TrafficLedger(10);
    const row = ledger.row(at('a'), 'served');
    row.isLive = false;
    expect(ledger.row(at('a'), 'served')).toBe(row);
    expect(row.isLive).toBe(true);
    expect(ledger.row(at('a'), 'mirrored')).not.toBe(row);
  });

  it('is told again only when it changed, unless all is asked for', () => {
    const ledger = new TrafficLedger(10);
    ledger.row(at('a'), 'served').begin();
    ledger.row(at('b'), 'served').begin();
    expect(ledger.take(false)).toHaveLength(2);
    ledger.row(at('b'), 'served').end('success', times, null);
    expect(ledger.take(false).map(({ replicaId }) => replicaId)).toEqual(['b']);
    expect(ledger.take(false)).toEqual([]);
    expect(ledger.take(true)).toHaveLength(2);
  });

  it('takes bounded room: rows of replicas that are gone and were told go first, then nothing more is kept', () => {
    const ledger = new TrafficLedger(2);
    const [a, b] = [ledger.row(at('a'), 'served'), ledger.row(at('b'), 'served')];
    a.begin();
    b.begin();
    ledger.take(false);
    b.isLive = false;
    ledger.row(at('c'), 'served').begin();
    ledger.row(at('unread'), 'served').begin();
    expect(ledger.take(true).map(({ replicaId }) => replicaId)).toEqual(['a', 'c']);
  });

  it('is told in reports that pass their contract, every row in each tenth beat, in parts that each fit into one signal', async () => {
    const ledger = new TrafficLedger(1_000);
    const count = TRAFFIC_ROWS_PER_REPORT_MAX + 20;
    for (let i = 0; i < count; i += 1) ledger.row(at(`replica-${i}`), 'served').begin();
    const told: TrafficReport[] = [];
    const reports = new TrafficReports('proxy-1', ledger, { report: () => undefined, traffic: (report) => told.push(report) }, 1);
    reports.start();
    await eventually(() => told.filter(({ rows }) => rows.length > 0).length >= 4, 'all rows are told twice');
    reports.stop();
    const full = told.filter(({ rows }) => rows.length > 0);
    expect(full.slice(0, 4).map(({ rows }) => rows.length)).toEqual([TRAFFIC_ROWS_PER_REPORT_MAX, 20, TRAFFIC_ROWS_PER_REPORT_MAX, 20]);
    expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_, index) => index + 1));
    // The first beat takes two reports, each further one one: the beat of the second full report is the tenth.
    expect(full[2]?.sequence).toBe(BEATS_PER_FULL_REPORT + 1);
    for (const report of told) {
      expect(signalContracts['proxy.traffic'].schema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
      expect(JSON.stringify(report).length).toBeLessThan(256 * 1024);
    }
    const increases = new TrafficIncreases();
    const heard = told.flatMap((report) => increases.take(report, report.sentAtMs));
    expect(new Set(heard.map(({ replicaId }) => replicaId)).size).toBe(count);
  });
});
