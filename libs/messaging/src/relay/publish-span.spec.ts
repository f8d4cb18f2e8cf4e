import { context, propagation, SpanKind, SpanStatusCode, trace, type Context, type Span, type SpanOptions, type Tracer } from '@opentelemetry/api';
import { sampleFact } from '../conformance/sample-facts.js';
import { startPublishSpan } from './publish-span.js';

const fact = sampleFact(1); // of a trace
const untraced = sampleFact(3);

type Started = { readonly name: string; readonly options: SpanOptions; readonly parent: string; ended: boolean; status: unknown; errorType: unknown };

/** An SDK as far as the publishing sees it: spans of the parent's trace, with an id of their own. */
function recordSpans(): Started[] {
  const started: Started[] = [];
  const startSpan = (name: string, options: SpanOptions = {}, parent?: Context): Span => {
    const parentContext = trace.getSpanContext(parent ?? context.active())!;
    const record: Started = { name, options, parent: parentContext.spanId, ended: false, status: null, errorType: null };
    started.push(record);
    return {
      spanContext: () => ({ ...parentContext, spanId: '1111111111111111' }),
      setStatus: (status: unknown) => (record.status = status),
      setAttribute: (_name: string, value: unknown) => (record.errorType = value),
      end: () => (record.ended = true),
    } as unknown as Span;
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) as unknown as Tracer });
  return started;
}

afterEach(() => {
  trace.disable();
  propagation.disable();
});

describe('the span of a publishing', () => {
  it('is a child of the trace that recorded the fact, and the fact goes on with it', () => {
    const started = recordSpans();
    const span = startPublishSpan(fact);
    expect(started).toMatchObject([{ name: 'publish slipway.facts', parent: 'b7ad6b7169203331', options: { kind: SpanKind.PRODUCER } }]);
    expect(started[0]?.options.attributes).toEqual({
      'messaging.system': 'nats',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'slipway.facts',
      'messaging.message.id': 'fact-1',
      'slipway.position': 10,
    });
    expect(span.fact).toEqual({ ...fact, metadata: { ...fact.metadata, traceparent: '00-0af7651916cd43dd8448eb211c80319c-1111111111111111-01' } });
    span.end(null);
    expect(started[0]).toMatchObject({ ended: true, status: null });
  });

  it('says that a fact was not published, and leaves why to the log', () => {
    const started = recordSpans();
    startPublishSpan(fact).end('NATS does not answer');
    expect(started[0]).toMatchObject({ ended: true, status: { code: SpanStatusCode.ERROR }, errorType: 'not_published' });
    expect(JSON.stringify(started)).not.toContain('NATS does not answer');
  });

  it('leaves the fact as it is without an SDK', () => {
    const span = startPublishSpan(fact);
    span.end(null);
    expect(span.fact).toEqual(fact);
  });

  it.each([undefined, 'nonsense', '00-00000000000000000000000000000000-b7ad6b7169203331-01'])('does not exist for a fact whose trace is %j', (traceparent) => {
    const started = recordSpans();
    const original = { ...untraced, metadata: { traceparent } };
    const span = startPublishSpan(original);
    span.end(null);
    expect(span.fact).toBe(original);
    expect(started).toEqual([]);
  });
});
