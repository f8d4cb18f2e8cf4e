import { context, propagation, trace } from '@opentelemetry/api';
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { setTimeout as later } from 'node:timers/promises';
import { openSubgraph, type HttpApplication } from '../graphql/open-subgraph.js';
import { OtlpReceiver } from '../fixtures/otlp-receiver.fixture.js';
import { startService } from '../lifecycle/start-service.js';
import { createLogger } from '../logging/logger.js';
import { toInternalHeaders } from '../request/internal-headers.js';
import { requestContext, type RequestContext } from '../request/request-context.js';
import { startTelemetry, type Telemetry } from './start-telemetry.js';
import { spanContextOf, traceparentOf } from './trace-context.js';
import { currentTraceparent, inSpan, startSpan, withSpan } from './with-span.js';

const TOKEN = 'internal-token-of-this-test';
const CALLER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const UNSAMPLED = '00-0af7651916cd43dd8448eb211c80319d-b7ad6b7169203331-00';

const lines: string[] = [];
const logger = createLogger('test', { traceIds: true, destination: { write: (line) => void lines.push(line) } });
const asked: RequestContext[] = [];

@Module({})
class ShipsModule implements OnModuleInit {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    const typeDefs = 'type Query { ship: String } type Mutation { launch(secret: String!): String }';
    const answer = (_: unknown, _args: unknown, { request }: { request: RequestContext }): string => {
      asked.push(request);
      logger.info({ event: 'ship.asked' });
      return 'ship';
    };
    const fail = (): never => {
      throw new Error('it holds hunter2');
    };
    const resolvers = { Query: { ship: fail }, Mutation: { launch: answer } };
    openSubgraph({ subgraph: 'ships', typeDefs, resolvers, internalToken: () => TOKEN, logger }, this.host.httpAdapter.getInstance<HttpApplication>());
  }
}

async function graph(url: string | null, query: string, headers: Record<string, string>): Promise<void> {
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query }) });
  await response.text();
}

const telemetryTo = (otlpEndpoint: string, more: object = {}): Promise<Telemetry> =>
  startTelemetry({ serviceName: 'slipway-test', instance: 'one', version: '1.2.3', enabled: true, otlpEndpoint, ...more });

describe('tracing', () => {
  it('makes a span of what runs, and of what that runs, across promises and timers', async () => {
    await using receiver = new OtlpReceiver();
    const telemetry = await telemetryTo(await receiver.listen());
    const result = await withSpan('outer', { attributes: { 'slipway.n': 1 }, kind: 'producer', links: [CALLER, 'nonsense'] }, async () => {
      await later(1);
      return withSpan('inner', {}, () => currentTraceparent());
    });
    withSpan('of another', { parent: CALLER }, () => undefined);
    withSpan('of nobody', { parent: null }, () => undefined);
    withSpan('unsampled', { parent: UNSAMPLED }, () => undefined);
    await telemetry.close();
    const [outer, inner, ofAnother, ofNobody] = await Promise.all(['outer', 'inner', 'of another', 'of nobody'].map((name) => receiver.span(name)));
    expect(outer).toMatchObject({ kind: 4, attributes: { 'slipway.n': 1 }, links: [{ traceId: CALLER.split('-')[1] }] });
    expect(outer?.resource).toMatchObject({ 'service.name': 'slipway-test', 'service.namespace': 'slipway', 'service.instance.id': 'one', 'service.version': '1.2.3' });
    expect(outer?.parentSpanId).toBeUndefined();
    expect(inner).toMatchObject({ traceId: outer?.traceId, parentSpanId: outer?.spanId });
    expect(result).toBe(`00-${inner?.traceId}-${inner?.spanId}-01`);
    expect(ofAnother).toMatchObject({ traceId: CALLER.split('-')[1], parentSpanId: CALLER.split('-')[2] });
    expect(ofNobody?.parentSpanId).toBeUndefined();
    expect(receiver.spans).toHaveLength(4);
  });

  it('marks failures by their type, says nothing of their message, and passes them on', async () => {
    await using receiver = new OtlpReceiver();
    const telemetry = await telemetryTo(await receiver.listen());
    expect(() => withSpan('thrown', {}, () => { throw new RangeError('it holds hunter2'); })).toThrow('hunter2');
    await expect(withSpan('rejected', {}, async () => { throw Object.assign(new Error('it holds hunter2'), { code: 'ECONNREFUSED' }); })).rejects.toThrow('hunter2');
    await telemetry.close();
    expect(await receiver.span('thrown')).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'RangeError' } });
    expect(await receiver.span('rejected')).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'ECONNREFUSED' } });
    expect(receiver.text).not.toContain('hunter2');
  });

  it('follows a GraphQL mutation from its caller over HTTP into the subgraph, its request and its log lines', async () => {
    await using receiver = new OtlpReceiver();
    const telemetry = await telemetryTo(await receiver.listen());
    const service = await startService(ShipsModule, { name: 'ships', listen: { host: '127.0.0.1', port: 0 }, logger });
    await withSpan('the door', { kind: 'server', parent: CALLER }, () =>
      graph(service.url, 'mutation Launch { launch(secret: "hunter2") }', toInternalHeaders(requestContext('ada', () => null), TOKEN)),
    );
    await withSpan('a failure', {}, () => graph(service.url, '{ ship }', toInternalHeaders(requestContext('ada', () => null), TOKEN)));
    await service.close();
    await telemetry.close();
    const [door, http, operation, failed] = await Promise.all(['the door', 'POST /graphql', 'mutation Launch', 'query'].map((name) => receiver.span(name)));
    expect(new Set([door?.traceId, http?.traceId, operation?.traceId])).toEqual(new Set([CALLER.split('-')[1]]));
    expect([http?.parentSpanId, operation?.parentSpanId]).toEqual([door?.spanId, http?.spanId]);
    expect(http).toMatchObject({ kind: 2, attributes: { 'http.request.method': 'POST', 'http.route': '/graphql', 'http.response.status_code': 200 } });
    expect(operation?.attributes).toMatchObject({ 'graphql.operation.name': 'Launch', 'graphql.operation.type': 'mutation', 'slipway.subgraph': 'ships' });
    expect(failed).toMatchObject({ status: { code: 2 }, attributes: { 'graphql.operation.type': 'query', 'error.type': 'graphql_errors' } });
    expect(asked.at(-1)?.traceparent).toBe(`00-${operation?.traceId}-${operation?.spanId}-01`);
    expect(lines.map((line) => JSON.parse(line) as object).find((line) => 'event' in line && line.event === 'ship.asked')).toMatchObject({ trace_id: operation?.traceId, span_id: operation?.spanId });
    expect(receiver.text).not.toContain('hunter2');
  });

  it('says once that spans cannot be sent, and closes all the same', async () => {
    await using receiver = new OtlpReceiver({ status: 400 });
    const complaints: string[] = [];
    const telemetry = await telemetryTo(await receiver.listen(), { logger: createLogger('test', { destination: { write: (line) => void complaints.push(line) } }) });
    for (let index = 0; index < 1_000; index += 1) withSpan('lost', {}, () => undefined);
    await telemetry.close();
    expect(complaints.map((line) => JSON.parse(line) as object)).toMatchObject([{ level: 40, event: 'telemetry.failed' }]);
  });

  it('records the share it is told of', async () => {
    await using receiver = new OtlpReceiver();
    const telemetry = await telemetryTo(await receiver.listen(), { sampleRatio: 0 });
    withSpan('unseen', {}, (span) => expect(span.isRecording()).toBe(false));
    withSpan('seen', { parent: CALLER }, () => undefined);
    await telemetry.close();
    expect((await receiver.span('seen')).name).toBe('seen');
    expect(receiver.spans).toHaveLength(1);
  });

  it('speaks W3C trace context to whoever uses the propagation of the API', async () => {
    const telemetry = await telemetryTo('http://127.0.0.1:9', { sampleRatio: 0 });
    const headers: Record<string, string> = {};
    const remote = propagation.extract(context.active(), { traceparent: CALLER, tracestate: 'a=1' });
    propagation.inject(remote, headers);
    expect(headers).toEqual({ traceparent: CALLER, tracestate: 'a=1' });
    const kept = {};
    propagation.inject(context.active(), kept);
    expect(kept).toEqual({});
    const bound = context.bind(remote, () => trace.getSpanContext(context.active())?.traceId);
    expect(bound()).toBe(CALLER.split('-')[1]);
    await telemetry.close();
  });

  it('costs and changes nothing while it is off', async () => {
    const telemetry = await startTelemetry({ serviceName: 'x', instance: 'x', enabled: false });
    expect(telemetry.metricsPage).toBeNull();
    const span = startSpan('none', {});
    expect(span.isRecording()).toBe(false);
    expect(inSpan(span, () => withSpan('none', {}, (given) => [given === span, currentTraceparent()]))).toEqual([true, undefined]);
    expect(requestContext('ada', (name) => (name === 'traceparent' ? CALLER : null)).traceparent).toBe(CALLER);
    lines.length = 0;
    logger.info('no ids');
    expect(lines[0]).not.toContain('trace_id');
    await telemetry.close();
  });
});

describe('a traceparent', () => {
  it('is read and written as the standard has it', () => {
    const spanContext = spanContextOf(CALLER);
    expect(spanContext === null ? null : traceparentOf(spanContext)).toBe(CALLER);
    expect(spanContextOf(`01${CALLER.slice(2)}-more`)).toMatchObject({ traceId: CALLER.split('-')[1] });
  });

  it.each(['', CALLER.toUpperCase(), `${CALLER}-more`, `ff${CALLER.slice(2)}`, CALLER.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)), CALLER.slice(1)])('that is malformed (%s) is none', (text) => {
    expect(spanContextOf(text)).toBeNull();
  });
});
