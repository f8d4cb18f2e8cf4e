import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { OtlpReceiver } from '../fixtures/otlp-receiver.fixture.js';
import { RunningService } from '../fixtures/running-service.fixture.js';
import { EXIT } from '../lifecycle/exit-codes.js';

const CALLER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const compiled = new URL('../../dist/index.js', import.meta.url).href;

describe('a service process', () => {
  it('sends its last spans before it ends, continues the trace of its caller, and names it in its log', async () => {
    await using receiver = new OtlpReceiver();
    await using service = new RunningService({ SLIPWAY_TELEMETRY: 'on', OTEL_EXPORTER_OTLP_ENDPOINT: await receiver.listen(), SLIPWAY_INSTANCE: 'one' });
    const { url } = await service.line('service.ready');
    await (await fetch(`${String(url)}/work`, { headers: { traceparent: CALLER } })).text();
    service.process.kill('SIGTERM');
    expect(await service.exited()).toBe(EXIT.done);
    const [http, work] = await Promise.all([receiver.span('GET /work'), receiver.span('fixture.work')]);
    expect(http).toMatchObject({ traceId: CALLER.split('-')[1], parentSpanId: CALLER.split('-')[2], resource: { 'service.name': 'slipway-fixture', 'service.instance.id': 'one' } });
    expect(work).toMatchObject({ traceId: http.traceId, parentSpanId: http.spanId });
    expect(service.lines.find(({ event }) => event === 'fixture.worked')).toMatchObject({ trace_id: work.traceId, span_id: work.spanId });
    expect(service.lines.find(({ event }) => event === 'service.ready')).not.toHaveProperty('trace_id');
  });

  it('ends in time though nobody takes its spans', async () => {
    await using service = new RunningService({ SLIPWAY_TELEMETRY: 'on', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    const { url } = await service.line('service.ready');
    await (await fetch(`${String(url)}/work`)).text();
    service.process.kill('SIGTERM');
    expect(await service.exited()).toBe(EXIT.done);
  });

  it('has its metrics on its health port, with what it counts by itself, and none where they are off', async () => {
    await using service = new RunningService();
    const health = String((await service.line('service.starting'))['healthUrl']);
    const { url } = await service.line('service.ready');
    await (await fetch(`${String(url)}/work`)).text();
    const body = await (await fetch(`${health}/metrics`)).text();
    expect(body).toMatch(/^slipway_fixture_requests\{slipway_kind="all"\} 1$/m);
    expect(body).toMatch(/^http_server_request_duration_seconds_count\{.*http_route="\/work".*\} 1$/m);
    expect(body).toMatch(/^fixture_own_total 7$/m);
    await using silent = new RunningService({ SLIPWAY_METRICS: 'off' });
    const other = String((await silent.line('service.starting'))['healthUrl']);
    expect((await fetch(`${other}/metrics`)).status).toBe(404);
  });

  it('loads nothing of OpenTelemetry unless it is switched on', async () => {
    const program = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { if (url.includes('@opentelemetry')) loaded.push(url); return next(url, context); } });
      const { startTelemetry, withSpan, observeGauge, createLogger } = await import(${JSON.stringify(compiled)});
      const options = { serviceName: 'x', instance: 'x' };
      await startTelemetry({ ...options, enabled: false });
      withSpan('x', {}, () => observeGauge('x', 'x', '1', () => []));
      createLogger('x', { level: 'silent', traceIds: true }).info('x');
      const off = loaded.length;
      await startTelemetry({ ...options, enabled: true });
      console.log(JSON.stringify({ off, on: loaded.length }));
      process.exit();
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
    const { off, on } = JSON.parse(stdout) as { off: number; on: number };
    expect(off).toBe(0);
    expect(on).toBeGreaterThan(0);
  });
});
