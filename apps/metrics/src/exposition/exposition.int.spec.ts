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
});
