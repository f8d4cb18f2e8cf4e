import { createTraceState, trace, type TextMapPropagator } from '@opentelemetry/api';
import { isValid, spanContextOf, traceparentOf } from './trace-context.js';

/** `traceparent` and `tracestate`, for code that speaks to the API's `propagation`. */
export const w3cPropagator: TextMapPropagator = {
  fields: () => ['traceparent', 'tracestate'],
  inject(context, carrier, setter) {
    const spanContext = trace.getSpanContext(context);
    if (spanContext === undefined || !isValid(spanContext)) return;
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
