import { NO_LATENCIES, type Json, type TrafficReport } from '@slipway/domain';
import { createMemorySignals } from './memory-signals.js';
import { hearTraffic } from './traffic-signals.js';

const row: TrafficReport['rows'][number] = {
  ...{ deploymentId: 'd', revisionId: 'r', replicaId: 'p', kind: 'served' as const, successes: 3, failures: 1, excluded: 0, failuresInARow: 0, inFlight: 2 },
  ...{ promptTokens: null, completionTokens: 7, latency: NO_LATENCIES, timeToFirstToken: NO_LATENCIES, timePerOutputToken: NO_LATENCIES },
};
const report: TrafficReport = { proxyId: 'proxy-1', instanceId: 'i', sequence: 4, sentAtMs: 9, rows: [row] };

describe('what proxies count', () => {
  it('is heard until one stops listening, and what is no report is not', async () => {
    const signals = createMemorySignals();
    const heard: TrafficReport[] = [];
    const stop = hearTraffic(signals, (one) => heard.push(one));
    const say = async (payload: unknown): Promise<void> => {
      signals.publish('proxy.traffic', payload as Json);
      await new Promise((resolve) => setImmediate(resolve));
    };
    for (const payload of [null, {}, { ...report, sequence: -1 }, { ...report, rows: [{ ...row, latency: [1] }] }, { ...report, rows: [{ ...row, kind: 'other' }] }]) await say(payload);
    expect(heard).toEqual([]);
    await say(report);
    expect(heard).toEqual([report]);
    stop();
    await say(report);
    expect(heard).toHaveLength(1);
    await signals.close();
  });
});
