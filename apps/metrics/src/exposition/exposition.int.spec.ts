import { NO_LATENCIES } from '@slipway/domain';
import { Readiness, startHealthServer, startTelemetry, type HealthServer, type Telemetry } from '@slipway/service/process';
import { MetricsLab, replicaKeyOf } from '../testing/metrics-lab.js';
import { startMockEngine, type MockEngine } from '../testing/mock-engine.js';
import { until } from '../testing/until.js';

let telemetry: Telemetry;
let health: HealthServer;
let lab: MetricsLab;
beforeEach(async () => {
  telemetry = await startTelemetry({ serviceName: 'slipway-metrics', instance: 'one', enabled: false, metrics: true });
  health = await startHealthServer({ host: '127.0.0.1', port: 0, readiness: new Readiness(), metrics: telemetry.metricsPage });
  lab = await MetricsLab.open();
});
afterEach(async () => {
  await lab[Symbol.asyncDispose]();
  await health.close();
  await telemetry.close();
});

describe('the page Prometheus reads', () => {
  it('has what is measured of each revision and what was counted, under the names that rules ask for', async () => {
    await using engine: MockEngine = await startMockEngine(replicaKeyOf('d-0'), 'd-0');
    await lab.create('d');
    await lab.launch('d', 'r1', 'd-0', engine.url, `pid:${engine.pid}`);
    await until('it is known', () => lab.service.directory.replica('d-0')?.state.phase === 'ready');
    await lab.service.scraper.scrape();
    lab.report([{ deploymentId: 'd', revisionId: 'r1', replicaId: 'd-0', successes: 3, failures: 1, completionTokens: 40, inFlight: 2, timeToFirstToken: NO_LATENCIES.map((_, index) => (index === 10 ? 3 : 0)) }]);
    const page = await until('all of it is there', async () => {
      const text = await (await fetch(`${health.url}/metrics`)).text();
      return text.includes('slipway_revision_memory_used_bytes{') && text.includes('slipway_traffic_requests_total{') && /in_flight\{.*\} 2/.test(text) ? text : null;
    });
    const of = 'deployment="default/d",revision="r1",kind="served"';
    expect(page).toContain(`slipway_traffic_requests_total{${of},outcome="success"} 3`);
    expect(page).toContain(`slipway_traffic_requests_total{${of},outcome="failure"} 1`);
    expect(page).toContain(`slipway_traffic_tokens_total{${of},type="completion"} 40`);
    expect(page).toContain(`slipway_revision_requests_running{${of}} 0`);
    expect(page).toContain(`slipway_revision_requests_in_flight{${of}} 2`);
    expect(page).toContain(`slipway_revision_kv_cache_usage_ratio{${of}} 0`);
    for (const name of ['generation_tokens_per_second', 'time_to_first_token_p95_seconds']) expect(page).toContain(`# TYPE slipway_revision_${name} gauge`);
    expect(page).not.toContain('slipway_revision_prefix_cache_hit_ratio{'); // nothing was looked up: unknown
    expect(page).toMatch(/^slipway_metrics_points \d+$/m);
  });

  it('has how many replicas a deployment is to have under the name it goes by, until it is deleted', async () => {
    await lab.create('d');
    await lab.command('d', { type: 'ChangeDeployment', settings: { desiredReplicaCount: 3 }, atMs: 2 });
    await until('three are asked for', () => isTold('slipway_deployment_replicas_desired', ['{deployment="default/d"} 3']));
    await lab.command('d', { type: 'ScaleReplicas', from: 3, to: 0, atMs: 3 });
    await until('none is asked for', () => isTold('slipway_deployment_replicas_desired', ['{deployment="default/d"} 0']));
    await lab.command('d', { type: 'ChangeDeployment', name: 'e', atMs: 4 });
    await until('it goes by its new name alone', () => isTold('slipway_deployment_replicas_desired', ['{deployment="default/e"} 0']));
    await lab.command('d', { type: 'DeleteDeployment', atMs: 5 });
    await lab.command('d', { type: 'ConfirmDeletion', atMs: 6 });
    await until('nothing is told of it', () => isTold('slipway_deployment_replicas_desired', []));
  });

  it('has how many replicas of each revision are ready: 0 while none is, nothing once it has none', async () => {
    const of = (revision: string, count: number): string => `{deployment="default/d",revision="${revision}"} ${count}`;
    await lab.create('d');
    await lab.replica('d-0', { type: 'RequestReplica', replicaId: 'd-0', deploymentId: 'd', revisionId: 'r1', name: 'd-0', ordinal: 0, atMs: 1 });
    await until('it has one that is not ready', () => isTold('slipway_revision_replicas_ready', [of('r1', 0)]));
    await lab.launch('d', 'r1', 'd-1', 'http://127.0.0.1:1', 'pid:1');
    await lab.launch('d', 'r1', 'd-2', 'http://127.0.0.1:1', 'pid:1');
    await lab.launch('d', 'r2', 'd-3', 'http://127.0.0.1:1', 'pid:1');
    await until('three are ready', () => isTold('slipway_revision_replicas_ready', [of('r1', 2), of('r2', 1)]));
    await lab.replica('d-1', { type: 'RecordUnready', attempt: 1, reason: 'its check failed', atMs: 2 });
    await lab.replica('d-3', { type: 'DrainReplica', reason: 'scaled down', limitMs: 1, atMs: 2 });
    await until('one is unready and one drains', () => isTold('slipway_revision_replicas_ready', [of('r1', 1), of('r2', 0)]));
    await lab.replica('d-3', { type: 'RecordDrained', forced: false, inFlight: 0, atMs: 3 });
    await lab.replica('d-3', { type: 'RecordStopped', atMs: 4 });
    await until('the second revision has none', () => isTold('slipway_revision_replicas_ready', [of('r1', 1)]));
  });
});

/** Whether the page has these values and no others. */
async function isTold(metric: string, values: readonly string[]): Promise<boolean> {
  const lines = (await (await fetch(`${health.url}/metrics`)).text()).split('\n');
  const told = lines.filter((line) => line.startsWith(`${metric}{`)).map((line) => line.slice(metric.length));
  return told.toSorted().join('\n') === values.join('\n');
}
