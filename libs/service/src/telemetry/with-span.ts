import type { Attributes, Context, Span, SpanOptions, Tracer } from '@opentelemetry/api';
import { isValid, spanContextOf, traceparentOf } from './trace-context.js';
import { untracedSpan } from './untraced-span.js';

/** The API is handed in when tracing is switched on: loading it costs time and memory that tracing switched off must not. */
type Api = typeof import('@opentelemetry/api');

export type SpanSetup = {
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly attributes?: Attributes;
  /** What the span is a child of: another process's `traceparent`, or null for the root of a trace. Default: the active span. */
  readonly parent?: string | null;
  /** The `traceparent` of spans it has to do with, but is no child of; malformed ones are left out. */
  readonly links?: readonly string[];
};

const SCOPE = 'slipway';
let api: Api | null = null;

/** Set by `startTelemetry`: while it is off, a span costs one look at this. */
export const tracing = {
  get isOn(): boolean {
    return api !== null;
  },
  switch(to: Api | null): void {
    api = to;
  },
};

/** For spans that need more than there is here; null while nothing is traced. */
export const tracer = (): Tracer | null => api?.trace.getTracer(SCOPE) ?? null;

/**
 * Runs `run` in a span that ends when it, or its promise, does; an error marks the span with its `error.type` (never its
 * message, which may hold what must not leave) and is passed on. Without telemetry, `run` is just called.
 */
export function withSpan<T>(name: string, setup: SpanSetup, run: (span: Span) => T): T {
  if (api === null) return run(untracedSpan);
  const span = startSpan(name, setup);
  return api.context.with(api.trace.setSpan(api.context.active(), span), () => endingWith(span, run));
}

/** A span for the caller to end, for what neither returns nor resolves; it is not made active. */
export function startSpan(name: string, { kind = 'internal', attributes = {}, parent, links = [] }: SpanSetup): Span {
  if (api === null) return untracedSpan;
  const linked = links.flatMap((link) => spanContextOf(link) ?? []);
  const options: SpanOptions = { kind: kindOf(api, kind), attributes, links: linked.map((context) => ({ context })) };
  return api.trace.getTracer(SCOPE).startSpan(name, options, parent === undefined ? api.context.active() : contextOf(api, parent));
}

/** Runs with this span as the active one, without ending it. */
export function inSpan<T>(span: Span, run: () => T): T {
  return api === null ? run() : api.context.with(api.trace.setSpan(api.context.active(), span), run);
}

/** Marks the span as failed, by `error.type` alone. */
export function markFailed(span: Span, error: unknown): void {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  markFailedAs(span, typeof code === 'string' ? code : typeof name === 'string' ? name : 'unknown');
}

export function markFailedAs(span: Span, errorType: string): void {
  if (api !== null) span.setAttribute('error.type', errorType).setStatus({ code: api.SpanStatusCode.ERROR });
}

/** Of the active span, to send along or to keep with an event; undefined where nothing is traced. */
export function currentTraceparent(): string | undefined {
  const active = api?.trace.getActiveSpan()?.spanContext();
  return active !== undefined && isValid(active) ? traceparentOf(active) : undefined;
}

/** For the lines of a log: `trace_id` and `span_id` of the active span, if there is one. */
export function traceFields(): { readonly trace_id?: string; readonly span_id?: string } {
  const active = api?.trace.getActiveSpan()?.spanContext();
  return active !== undefined && isValid(active) ? { trace_id: active.traceId, span_id: active.spanId } : {};
}

function kindOf({ SpanKind }: Api, kind: NonNullable<SpanSetup['kind']>): number {
  return { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER }[kind];
}

/** Everything that starts in this context is a child of that span; of none when there is no such span. */
function contextOf({ ROOT_CONTEXT, trace }: Api, traceparent: string | null): Context {
  const parent = traceparent === null ? null : spanContextOf(traceparent);
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

function endingWith<T>(span: Span, run: (span: Span) => T): T {
  try {
    const result = run(span);
    if (!isThenable(result)) {
      span.end();
      return result;
    }
    return result.then(
      (value: unknown) => {
        span.end();
        return value;
      },
      (error: unknown) => {
        markFailed(span, error);
        span.end();
        throw error;
      },
    ) as T;
  } catch (error) {
    markFailed(span, error);
    span.end();
    throw error;
  }
}

/** Also of libraries that have a promise of their own. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
