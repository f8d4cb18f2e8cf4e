import { isSpanContextValid, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type SpanContext } from '@opentelemetry/api';
import { FACTS_SUBJECT, type Fact } from '@slipway/contracts';

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const ATTRIBUTES = {
  'messaging.system': 'nats',
  'messaging.operation.name': 'publish',
  'messaging.operation.type': 'send',
  'messaging.destination.name': FACTS_SUBJECT,
};
/** As `error.type`. */
const NOT_PUBLISHED = 'not_published';

export type PublishSpan = {
  /** The fact with the trace context of its publishing. */
  readonly fact: Fact;
  /** `error`: null when it was published. */
  end(error: string | null): void;
};

/**
 * The publishing of a fact as part of the trace that recorded it. A fact without a trace starts none; without an SDK the trace
 * context is handed on as it is.
 */
export function startPublishSpan(fact: Fact): PublishSpan {
  const parent = spanContextOf(fact.metadata.traceparent);
  if (parent === null) return { fact, end: () => undefined };
  const attributes = { ...ATTRIBUTES, 'messaging.message.id': fact.id, 'slipway.position': fact.position };
  const span = trace
    .getTracer('@slipway/messaging')
    .startSpan(`publish ${FACTS_SUBJECT}`, { kind: SpanKind.PRODUCER, attributes }, trace.setSpanContext(ROOT_CONTEXT, parent));
  return {
    fact: { ...fact, metadata: { ...fact.metadata, traceparent: traceparentOf(span.spanContext()) } },
    end: (error) => {
      // What went wrong may name servers and more: that is for the log.
      if (error !== null) {
        span.setAttribute('error.type', NOT_PUBLISHED);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

function spanContextOf(traceparent: string | undefined): SpanContext | null {
  const match = traceparent === undefined ? null : TRACEPARENT.exec(traceparent);
  if (match === null) return null;
  const [, traceId = '', spanId = '', flags = '00'] = match;
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(context) ? context : null;
}

const traceparentOf = ({ traceId, spanId, traceFlags }: SpanContext): string => `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
