import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { OtelRequestTraces } from './otel-request-traces.js';
import { ENGINES } from './testing/engines.js';
import { CHAT_QUESTION, ProxyFixture } from './testing/proxy-fixture.js';
import { answering, CHAT_COMPLETION, resetting } from './testing/scripted-upstream.js';
import { spansOf } from './testing/span-receiver.js';
import { routeTo, TOKEN } from './testing/table-fixtures.js';

const CLIENT = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
const READY = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) };
const headerOf = ({ traceId, spanId }: typeof CLIENT): string => `00-${traceId}-${spanId}-01`;
const ready = (traces: OtelRequestTraces, replicaId: string): void => traces.notice({ type: 'ReplicaReady', streamId: `replica-${replicaId}`, metadata: { traceparent: headerOf(READY) } });
const SERVER = 2;
const CLIENT_KIND = 3;

describe.each(ENGINES)('requests through $name as spans', ({ engine }) => {
  it("go on with the client's trace, to the engine too, and end the trace that brought the replica there, once", async () => {
    const seen: unknown[] = [];
    const { spans, text } = await spansOf(async () => {
      const traces = new OtelRequestTraces();
      ready(traces, 'r1');
      await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine, traces });
      for (let count = 0; count < 2; count++) await (await fixture.ask({ headers: { traceparent: headerOf(CLIENT), tracestate: 'a=b' } })).text();
      seen.push(...fixture.upstream.received.map(({ headers }) => [headers['traceparent'], headers['tracestate']]));
    });
    const requests = spans.filter(({ kind }) => kind === SERVER);
    const attempts = spans.filter(({ kind }) => kind === CLIENT_KIND);
    expect(requests).toHaveLength(2);
    for (const request of requests) {
      expect(request).toMatchObject({ name: 'chat tiny', traceId: CLIENT.traceId, parentSpanId: CLIENT.spanId });
      expect(request.attributes).toMatchObject({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'tiny', 'gen_ai.provider.name': 'slipway', 'http.response.status_code': 200, 'slipway.replica.id': 'r1' });
    }
    expect(attempts.map(({ parentSpanId }) => parentSpanId)).toEqual(requests.map(({ spanId }) => spanId));
    expect(seen).toEqual(attempts.map((attempt) => [headerOf(attempt), 'a=b']));
    expect(attempts.map(({ links }) => links)).toEqual([[expect.objectContaining(READY)], []]);
    const served = spans.filter(({ name }) => name === 'first request served');
    expect(served).toMatchObject([{ traceId: READY.traceId, parentSpanId: READY.spanId, links: [{ traceId: CLIENT.traceId, spanId: requests[0]?.spanId }] }]);
    for (const secret of [TOKEN, 'Hello', 'key-of-r1', JSON.parse(CHAT_QUESTION).messages[0].content]) expect(text).not.toContain(secret);
  });

  it('show every replica that was tried, and what went wrong with it', async () => {
    const { spans } = await spansOf(async () => {
      const traces = new OtelRequestTraces();
      ready(traces, 'bad');
      await using fixture = await ProxyFixture.start({ engine, traces });
      const bad = await fixture.upstream(resetting);
      fixture.route([routeTo([{ port: bad.port, replicaId: 'bad' }])]);
      expect((await fixture.ask()).status).toBe(503);
    });
    const [request] = spans.filter(({ kind }) => kind === SERVER);
    expect(request?.attributes).toMatchObject({ 'http.response.status_code': 503, 'error.type': 'modelUnavailable' });
    const attempts = spans.filter(({ kind }) => kind === CLIENT_KIND);
    expect(attempts.length).toBeGreaterThan(1);
    for (const { attributes } of attempts) expect(attributes).toMatchObject({ 'slipway.replica.id': 'bad', 'error.type': 'closed' });
    expect(attempts.slice(1).every(({ attributes }) => Number(attributes['http.request.resend_count']) > 0)).toBe(true);
    expect(spans.some(({ name }) => name === 'first request served')).toBe(false);
  });

  it('tell no model that is not there, and nothing of who may not ask', async () => {
    const { spans, text } = await spansOf(async () => {
      await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine, traces: new OtelRequestTraces() });
      expect((await fixture.ask({ body: JSON.stringify({ model: 'made-up-by-a-client' }) })).status).toBe(404);
      expect((await fixture.ask({ token: 'wrong-token' })).status).toBe(401);
    });
    expect(spans.map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([['chat', 'modelNotFound']]);
    expect(text).not.toContain('made-up');
    expect(text).not.toContain('wrong-token');
  });
});

describe('the proxy of one machine', () => {
  it('loads nothing of OpenTelemetry', async () => {
    const program = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { if (url.includes('opentelemetry')) loaded.push(url); return next(url, context); } });
      await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)});
      process.stdout.write(String(loaded.length));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    expect(stdout).toBe('0');
  });
});
