import fc from 'fast-check';
import { NO_LATENCIES } from './latency-counts.js';
import type { TrafficReport } from './traffic-report.js';
import { subtractSamples, TrafficTotals } from './traffic-totals.js';

/** One thing that happens to one of two proxies: a request, a report (perhaps lost, perhaps told late once more), a restart. */
const happening = fc.record({
  proxy: fc.integer({ min: 0, max: 1 }),
  what: fc.oneof({ weight: 5, arbitrary: fc.constantFrom('success', 'failure') }, { weight: 4, arbitrary: fc.constant('report') }, fc.constantFrom('lost', 'late', 'restart')),
  replicaId: fc.constantFrom('a', 'b'),
});

type Counted = { successes: number; failures: number; failuresInARow: number };

class SimulatedProxy {
  instance = 0;
  sequence = 0;
  rows = new Map<string, Counted>();
  latest: TrafficReport | null = null;
  constructor(readonly proxyId: string) {}

  serve(replicaId: string, success: boolean): void {
    const { successes, failures, failuresInARow } = this.rows.get(replicaId) ?? { successes: 0, failures: 0, failuresInARow: 0 };
    this.rows.set(
      replicaId,
      success ? { successes: successes + 1, failures, failuresInARow: 0 } : { successes, failures: failures + 1, failuresInARow: failuresInARow + 1 },
    );
  }

  report(): TrafficReport {
    this.sequence += 1;
    const rows = [...this.rows].map(([replicaId, counted]) => ({
      ...{ deploymentId: 'd', revisionId: 'r', replicaId, kind: 'served' as const, excluded: 0, promptTokens: null, completionTokens: null, inFlight: 0 },
      ...{ latency: NO_LATENCIES, timeToFirstToken: NO_LATENCIES, timePerOutputToken: NO_LATENCIES },
      ...counted,
    }));
    this.latest = { proxyId: this.proxyId, instanceId: String(this.instance), sequence: this.sequence, sentAtMs: 0, rows };
    return this.latest;
  }

  restart(): void {
    this.instance += 1;
    this.sequence = 0;
    this.rows = new Map();
  }
}

describe('traffic totals, whatever happens to proxies and reports', () => {
  it('never fall, never tell more than was served, and tell all that was reported', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 200 }), (happenings) => {
        const proxies = [new SimulatedProxy('p0'), new SimulatedProxy('p1')];
        const totals = new TrafficTotals();
        let served = 0;
        let unreported = 0; // by proxies that died before they told
        const heard = [true, true]; // the first report of each life: without it nothing is known to be new
        for (const { proxy: index, what, replicaId } of happenings) {
          const proxy = proxies[index] as SimulatedProxy;
          const before = totals.sampleOf('r');
          if (what === 'success' || what === 'failure') {
            proxy.serve(replicaId, what === 'success');
            served += 1;
          }
          if (what === 'report') totals.take(proxy.report());
          if (what === 'lost') heard[index] = proxy.report().sequence > 1 && heard[index] === true;
          if (what === 'late' && proxy.latest !== null) totals.take(proxy.latest);
          if (what === 'restart') {
            proxy.restart();
            unreported += 1;
          }
          const { successes, failures } = subtractSamples(totals.sampleOf('r'), before);
          const after = totals.sampleOf('r');
          expect(after.successes + after.failures).toBe(before.successes + before.failures + successes + failures);
          expect(after.successes + after.failures).toBeLessThanOrEqual(served);
          expect(after.failuresInARow).toBeLessThanOrEqual(after.failures);
        }
        if (unreported > 0 || heard.includes(false)) return;
        for (const proxy of proxies) totals.take(proxy.report());
        const { successes, failures } = totals.sampleOf('r');
        expect(successes + failures).toBe(served);
      }),
      { numRuns: 300 },
    );
  });
});
