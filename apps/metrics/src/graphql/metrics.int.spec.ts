import { countLatency, NO_LATENCIES } from '@slipway/domain';
import { MetricsLab, replicaKeyOf } from '../testing/metrics-lab.js';
import { startMockEngine, type MockEngine } from '../testing/mock-engine.js';
import { until } from '../testing/until.js';

const NOWHERE = 'http://127.0.0.1:1';

let lab: MetricsLab;
beforeEach(async () => void (lab = await MetricsLab.open()));
afterEach(() => lab[Symbol.asyncDispose]());

const METRICS = `query ($id: ID!, $filter: DeploymentMetricsFilter) { deploymentMetrics(id: $id, filter: $filter) {
  timestamp stepSeconds
  replicaMetrics { replicaId replicaName revisionId kind timestamp requestsPerSecond successRate errorRate inFlight latencyP50Ms latencyP95Ms latencyP99Ms ttftP95Ms tpotP95Ms requestsRunning kvCacheUsage generationTokensPerSecond cpuUtilization memoryUsedBytes gpuUtilization }
  revisionMetrics { revisionId kind requestsPerSecond successRate requestsRunning memoryUsedBytes } } }`;

/** The steps in which something was asked of this replica. */
async function busySteps(id: string, filter: object = {}) {
  const { deploymentMetrics } = await lab.ask(METRICS, { id, filter });
  return deploymentMetrics.filter((step: { replicaMetrics: { requestsPerSecond: number | null }[] }) => step.replicaMetrics.some(({ requestsPerSecond }) => (requestsPerSecond ?? 0) > 0));
}

describe('deploymentMetrics', () => {
  it('answers what proxies counted, by replica and by revision (S1.37, S1.38, S1.42)', async () => {
    await lab.create('d');
    await lab.launch('d', 'r1', 'd-0', NOWHERE, 'none');
    await lab.launch('d', 'r1', 'd-1', NOWHERE, 'none');
    await until('both are known', () => lab.service.directory.living().filter(({ state }) => state.phase === 'ready').length === 2);
    const latency = [...NO_LATENCIES];
    for (let n = 0; n < 9; n += 1) countLatency(latency, 100);
    lab.report([
      { deploymentId: 'd', revisionId: 'r1', replicaId: 'd-0', successes: 9, failures: 1, latency, inFlight: 2 },
      { deploymentId: 'd', revisionId: 'r1', replicaId: 'd-1', successes: 10 },
      { deploymentId: 'd', revisionId: 'r1', replicaId: 'd-1', kind: 'mirrored', failures: 4 },
    ]);
    const step = await until('the second is over', async () => (await busySteps('d', { stepSeconds: 1 }))[0]);
    const replicas = step.replicaMetrics as { replicaId: string; kind: string }[];
    expect(replicas.map(({ replicaId, kind }) => `${replicaId} ${kind}`)).toEqual(['d-0 SERVED', 'd-1 SERVED', 'd-1 MIRRORED']);
    expect(replicas[0]).toMatchObject({ replicaName: 'd-0', revisionId: 'r1', requestsPerSecond: 10, successRate: 0.9, errorRate: 0.1, inFlight: 2, timestamp: step.timestamp });
    expect(replicas[0]).toMatchObject({ ttftP95Ms: null, requestsRunning: null, kvCacheUsage: null, cpuUtilization: null, gpuUtilization: null });
    expect(replicas[1]).toMatchObject({ requestsPerSecond: 10, successRate: 1, latencyP95Ms: null });
    expect(step.revisionMetrics).toEqual([
      { revisionId: 'r1', kind: 'SERVED', requestsPerSecond: 20, successRate: 0.95, requestsRunning: null, memoryUsedBytes: null },
      { revisionId: 'r1', kind: 'MIRRORED', requestsPerSecond: 4, successRate: 0, requestsRunning: null, memoryUsedBytes: null },
    ]);
  });

  it('answers for one replica, one revision and another step', async () => {
    await lab.create('d');
    await lab.launch('d', 'r1', 'd-0', NOWHERE, 'none');
    await lab.launch('d', 'r2', 'd-1', NOWHERE, 'none');
    const seen = async (filter: object) => (await lab.ask(METRICS, { id: 'd', filter })).deploymentMetrics.at(-1);
    await until('both are known', async () => (await seen({})).replicaMetrics.length === 2);
    expect((await seen({ replicaId: 'd-1' })).replicaMetrics).toMatchObject([{ replicaId: 'd-1', revisionId: 'r2', requestsPerSecond: null, successRate: null }]);
    expect((await seen({ revisionId: 'r1' })).revisionMetrics).toMatchObject([{ revisionId: 'r1' }]);
    expect((await seen({ replicaId: 'nobody' })).replicaMetrics).toEqual([]);
    expect(await seen({ stepSeconds: 30 })).toMatchObject({ stepSeconds: 30 });
  });

  it('answers what a real engine tells of itself, and what it uses of this machine', async () => {
    await using engine: MockEngine = await startMockEngine(replicaKeyOf('d-0'), 'd-0');
    await lab.create('d');
    await lab.launch('d', 'r1', 'd-0', engine.url, `pid:${engine.pid}`);
    await until('it is known', () => lab.service.directory.replica('d-0')?.state.phase === 'ready');
    await lab.service.scraper.scrape();
    const answer = await fetch(`${engine.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${replicaKeyOf('d-0')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'tiny', max_tokens: 20, messages: [{ role: 'user', content: 'hello' }] }),
    });
    expect(answer.status).toBe(200);
    await answer.text();
    const told = await until('the engine was read', async () => {
      await lab.service.scraper.scrape();
      const { deploymentMetrics } = await lab.ask(METRICS, { id: 'd', filter: { stepSeconds: 1 } });
      const found = deploymentMetrics.flatMap(({ replicaMetrics }: { replicaMetrics: unknown[] }) => replicaMetrics).findLast((metric: { generationTokensPerSecond: number | null }) => (metric.generationTokensPerSecond ?? 0) > 0);
      return found?.cpuUtilization === null ? null : found;
    });
    expect(told).toMatchObject({ requestsRunning: 0, kvCacheUsage: 0, gpuUtilization: null, requestsPerSecond: expect.any(Number) });
    expect(told.ttftP95Ms).toBeGreaterThan(0);
    expect(told.latencyP50Ms).toBeGreaterThan(0);
    expect(told.memoryUsedBytes).toBeGreaterThan(10_000_000);
    expect(told.cpuUtilization).toBeLessThanOrEqual(1);
    expect(lab.lines.filter((line) => line.includes('metrics.scrape'))).toEqual([]);
  });

  it('shows no engine’s key to an address that is none, and says once that an engine does not answer', async () => {
    await lab.create('d');
    await lab.launch('d', 'r1', 'd-0', NOWHERE, 'none');
    await lab.launch('d', 'r1', 'd-1', 'https://elsewhere.invalid/', 'none');
    await until('both are known', () => lab.service.directory.living().filter(({ state }) => state.phase === 'ready').length === 2);
    await lab.service.scraper.scrape();
    await lab.service.scraper.scrape();
    expect(lab.lines.filter((line) => line.includes('metrics.scrape')).map((line) => (JSON.parse(line) as { replicaId: string }).replicaId)).toEqual(['d-0']);
  });

  it('refuses a deployment there never was, and ranges that make no sense, naming the field', async () => {
    await lab.create('d');
    expect(await lab.refused(METRICS, { id: 'nobody' })).toMatchObject({ code: 'DEPLOYMENT_NOT_FOUND' });
    expect(await lab.refused(METRICS, { id: '../../etc' })).toMatchObject({ code: 'DEPLOYMENT_NOT_FOUND' });
    const refusal = (filter: object) => lab.refused(METRICS, { id: 'd', filter });
    expect(await refusal({ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' })).toEqual({ code: 'INVALID_INPUT', message: 'filter.from must be before filter.to' });
    expect(await refusal({ from: '2999-01-01T00:00:00Z', to: '2999-01-02T00:00:00Z' })).toMatchObject({ code: 'INVALID_INPUT', message: 'filter.from must be in the past' });
    expect(await refusal({ stepSeconds: 0 })).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('filter.stepSeconds') });
    expect(await refusal({ from: '2020-01-01T00:00:00Z', stepSeconds: 1 })).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('filter.stepSeconds') });
  });
});

describe('metricsUpdated', () => {
  const UPDATES = 'subscription ($id: ID!) { metricsUpdated(deploymentId: $id) { timestamp stepSeconds replicaMetrics { replicaId requestsPerSecond } revisionMetrics { revisionId requestsPerSecond } } }';

  it('tells the last ten seconds, again and again, until the deployment is deleted (S1.45)', async () => {
    await lab.create('d');
    await lab.launch('d', 'r1', 'd-0', NOWHERE, 'none');
    await until('it is known', () => lab.service.directory.living().length === 1);
    const updates = await lab.subscribe(UPDATES, { id: 'd' });
    const { value: first } = await updates.next();
    expect(first.data.metricsUpdated).toMatchObject({ stepSeconds: 10, replicaMetrics: [{ replicaId: 'd-0', requestsPerSecond: null }] });
    lab.report([{ deploymentId: 'd', revisionId: 'r1', replicaId: 'd-0', successes: 50 }]);
    for await (const { data } of updates) {
      expect(Date.parse(data.metricsUpdated.timestamp)).toBeGreaterThanOrEqual(Date.parse(first.data.metricsUpdated.timestamp));
      if (data.metricsUpdated.revisionMetrics[0].requestsPerSecond === 5) break;
    }
    const last = await lab.subscribe(UPDATES, { id: 'd' });
    await last.next();
    await lab.command('d', { type: 'DeleteDeployment', atMs: Date.now() });
    await lab.command('d', { type: 'ConfirmDeletion', atMs: Date.now() });
    for (let done = false; !done; ) done = (await last.next()).done === true;
  });

  it('refuses a deployment there is not', async () => {
    const updates = await lab.subscribe(UPDATES, { id: 'nobody' });
    await expect(updates.next()).rejects.toMatchObject({ code: 'DEPLOYMENT_NOT_FOUND' });
  });
});
