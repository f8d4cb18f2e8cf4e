import {
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
  type TextMapPropagator,
} from '@opentelemetry/api';

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const VERSION = '00';
/** The one version the standard forbids. */
const NO_VERSION = 'ff';

/** `00-<trace id>-<span id>-<flags>`, as W3C Trace Context has it. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `${VERSION}-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0')}`;
}

/** The span a `traceparent` names; null when it is malformed. */
export function spanContextOf(traceparent: string): SpanContext | null {
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(traceparent) ?? [];
  if (version === undefined || version === NO_VERSION || traceId === undefined || spanId === undefined || flags === undefined) return null;
  if (version === VERSION && rest !== undefined) return null;
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
  return isSpanContextValid(spanContext) ? spanContext : null;
}

/** Everything that starts in this context is a child of that span; of none when there is no such span. */
export function contextOf(traceparent: string | null): Context {
  const parent = traceparent === null ? null : spanContextOf(traceparent);
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

/** `traceparent` and `tracestate`, for code that speaks to the API's `propagation`. */
export const w3cPropagator: TextMapPropagator = {
  fields: () => ['traceparent', 'tracestate'],
  inject(context, carrier, setter) {
    const spanContext = trace.getSpanContext(context);
    if (spanContext === undefined || !isSpanContextValid(spanContext)) return;
    setter.set(carrier, 'traceparent', traceparentOf(spanContext));
    if (spanContext.traceState !== undefined) setter.set(carrier, 'tracestate', spanContext.traceState.serialize());
  },
  extract(context, carrier, getter) {
    const traceparent = [getter.get(carrier, 'traceparent')].flat()[0];
    const spanContext = traceparent === undefined ? null : spanContextOf(traceparent);
    if (spanContext === null) return context;
    const state = [getter.get(carrier, 'tracestate') ?? []].flat().join(',');
    return trace.setSpanContext(context, state === '' ? spanContext : { ...spanContext, traceState: createTraceState(state) });
  },
};
