import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { Readiness } from '../health/readiness.js';
import { startHealthServer, type HealthServer } from '../health/start-health-server.js';
import { withHttpServerSpan } from './http-server-span.js';
import { counter, durationHistogram, observeGauge } from './instruments.js';
import { startTelemetry } from './start-telemetry.js';

const TOKEN = 'metrics-token-of-this-test';
const made = counter('slipway.test.made', 'Made before metrics were on', '{thing}');
const took = durationHistogram('slipway.test.duration', 'Made before metrics were on');

async function statusOf({ url }: HealthServer, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<{ status: number | undefined; body: string }> {
  const sent = request(`${url}${path}`, { headers, method }).end();
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, body };
}

async function withMetrics(metricsToken: string | null, use: (health: HealthServer) => Promise<void>): Promise<void> {
  const telemetry = await startTelemetry({ serviceName: 'slipway-test', instance: 'one', enabled: false, metrics: true });
  const health = await startHealthServer({ host: '127.0.0.1', port: 0, readiness: new Readiness(), metrics: telemetry.metricsPage, metricsToken });
  await use(health).finally(async () => {
    await health.close();
    await telemetry.close();
  });
}

describe('metrics', () => {
  it('are Prometheus text of what was counted, timed and observed, without tracing', () =>
    withMetrics(null, async (health) => {
      made.add(2, { 'slipway.kind': 'a' });
      took.record(0.03);
      let lag = 7;
      const stop = observeGauge('slipway.projection.lag', 'Events not yet projected', '{event}', async () => [
        { value: lag, attributes: { 'slipway.projection': 'deployments' } },
        { value: 0, attributes: { 'slipway.projection': 'revisions' } },
      ]);
      const { body } = await statusOf(health, '/metrics');
      expect(body).toMatch(/^slipway_test_made_total\{slipway_kind="a"\} 2$/m);
      expect(body).toMatch(/^slipway_test_duration_seconds_bucket\{le="0.05"\} 1$/m);
      expect(body).toMatch(/^slipway_projection_lag\{slipway_projection="deployments"\} 7$/m);
      expect(body).toMatch(/^process_memory_usage_bytes \d+$/m);
      expect(body).toContain('service_name="slipway-test"');
      stop();
      lag = 8;
      expect((await statusOf(health, '/metrics')).body).toMatch(/^slipway_projection_lag\{slipway_projection="deployments"\} 7$/m);
    }));

  it('count anew when they are switched off and on', async () => {
    made.add(5);
    await withMetrics(null, async (health) => {
      made.add(1);
      expect((await statusOf(health, '/metrics')).body).toMatch(/^slipway_test_made_total 1$/m);
    });
  });

  it('survive a gauge that cannot be read', () =>
    withMetrics(null, async (health) => {
      const stop = observeGauge('slipway.broken', 'Cannot be read', '1', () => {
        throw new Error('gone');
      });
      expect(await statusOf(health, '/metrics')).toMatchObject({ status: 200, body: expect.stringContaining('process_uptime') as string });
      stop();
    }));

  it('leave out what is known no more', () =>
    withMetrics(null, async (health) => {
      let known = true;
      const stop = observeGauge('slipway.comes.and.goes', 'Known for a while', '{thing}', () => [{ value: known ? 0 : Number.NaN, attributes: { of: 'a' } }, { value: 1, attributes: { of: 'b' } }]);
      expect((await statusOf(health, '/metrics')).body).toContain('slipway_comes_and_goes{of="a"} 0\n');
      known = false;
      const { body } = await statusOf(health, '/metrics');
      expect(body).not.toContain('of="a"');
      expect(body).toContain('slipway_comes_and_goes{of="b"} 1\n');
      stop();
    }));

  it('time HTTP requests by route and status, not by path', () =>
    withMetrics(null, async (health) => {
      const server = createServer((incoming, response) => withHttpServerSpan(incoming, response, '/things/{id}', () => response.writeHead(404).end()));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/things/7`)).text();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      const { body } = await statusOf(health, '/metrics');
      expect(body).toMatch(/^http_server_request_duration_seconds_count\{http_request_method="GET",http_route="\/things\/\{id\}",url_scheme="http",http_response_status_code="404"\} 1$/m);
    }));

  it('are for programs on this machine only, by a local name and through no proxy', () =>
    withMetrics(null, async (health) => {
      expect((await statusOf(health, '/metrics')).status).toBe(200);
      expect((await statusOf(health, '/metrics', { host: 'localhost:1' })).status).toBe(200);
      for (const headers of [{ host: 'evil.example' }, { 'x-forwarded-for': '1.2.3.4' }, { forwarded: 'for=1.2.3.4' }]) {
        expect((await statusOf(health, '/metrics', headers)).status).toBe(403);
      }
    }));

  it('with a token are for whoever shows it', () =>
    withMetrics(TOKEN, async (health) => {
      expect((await statusOf(health, '/metrics')).status).toBe(401);
      expect((await statusOf(health, '/metrics', { authorization: `Bearer ${TOKEN}x` })).status).toBe(401);
      expect((await statusOf(health, '/metrics', { authorization: `Bearer ${TOKEN}`, host: 'slipway.example', 'x-forwarded-for': '1.2.3.4' })).status).toBe(200);
    }));

  it('do not exist while they are off', async () => {
    const health = await startHealthServer({ host: '127.0.0.1', port: 0, readiness: new Readiness() });
    expect((await statusOf(health, '/metrics')).status).toBe(404);
    expect(observeGauge('slipway.off', 'Never read', '1', () => { throw new Error('read'); })).toBeInstanceOf(Function);
    await health.close();
  });
});

describe('the health port', () => {
  it('keeps secrets out of what checks say, and answers nothing else', async () => {
    const readiness = new Readiness();
    readiness.add({ name: 'database', check: () => ({ ready: false, detail: 'password hunter22 refused' }) });
    const health = await startHealthServer({ host: '127.0.0.1', port: 0, readiness, censor: (text) => text.replaceAll('hunter22', '••••') });
    expect(await statusOf(health, '/readyz')).toEqual({ status: 503, body: JSON.stringify({ ready: false, checks: { database: { ready: false, detail: 'password •••• refused' } } }) });
    readiness.remove('database');
    expect((await statusOf(health, '/readyz')).status).toBe(200);
    expect((await statusOf(health, '/graphql')).status).toBe(404);
    expect((await statusOf(health, '/livez', {}, 'POST')).status).toBe(405);
    await health.close();
  });
});
