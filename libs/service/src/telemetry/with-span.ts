import {
  context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';
import { contextOf, spanContextOf, traceparentOf } from './trace-context.js';

export type SpanSetup = {
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly attributes?: Attributes;
  /** What the span is a child of: another process's `traceparent`, or null for the root of a trace. Default: the active span. */
  readonly parent?: string | null;
  /** The `traceparent` of spans it has to do with, but is no child of; malformed ones are left out. */
  readonly links?: readonly string[];
};

const SCOPE = 'slipway';
const KINDS = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER } as const;

/** Given where nothing is traced: takes everything, keeps nothing. */
const untracedSpan = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
let isOn = false;

/** Set by `startTelemetry`: while it is off, a span costs one look at this. */
export const tracing = {
  get isOn(): boolean {
    return isOn;
  },
  switch(on: boolean): void {
    isOn = on;
  },
};

export const tracer = (): Tracer => trace.getTracer(SCOPE);

/**
 * Runs `run` in a span that ends when it, or its promise, does; an error marks the span with its `error.type` (never its
 * message, which may hold what must not leave) and is passed on. Without telemetry, `run` is just called.
 */
export function withSpan<T>(name: string, setup: SpanSetup, run: (span: Span) => T): T {
  if (!isOn) return run(untracedSpan);
  const span = startSpan(name, setup);
  return context.with(trace.setSpan(context.active(), span), () => endingWith(span, run));
}

/** A span for the caller to end, for what neither returns nor resolves; it is not made active. */
export function startSpan(name: string, { kind = 'internal', attributes = {}, parent, links = [] }: SpanSetup): Span {
  if (!isOn) return untracedSpan;
  const options: SpanOptions = { kind: KINDS[kind], attributes, links: links.flatMap((link) => spanContextOf(link) ?? []).map((linked) => ({ context: linked })) };
  return tracer().startSpan(name, options, parent === undefined ? context.active() : contextOf(parent));
}

/** Runs with this span as the active one, without ending it. */
export function inSpan<T>(span: Span, run: () => T): T {
  return isOn ? context.with(trace.setSpan(context.active(), span), run) : run();
}

/** Marks the span as failed. */
export function markFailed(span: Span, error: unknown): void {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  span.setAttribute('error.type', typeof code === 'string' ? code : typeof name === 'string' ? name : 'unknown');
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Of the active span, to send along or to keep with an event; undefined where nothing is traced. */
export function currentTraceparent(): string | undefined {
  const active = isOn ? trace.getActiveSpan()?.spanContext() : undefined;
  return active !== undefined && isSpanContextValid(active) ? traceparentOf(active) : undefined;
}

/** For the lines of a log: `trace_id` and `span_id` of the active span, if there is one. */
export function traceFields(): { readonly trace_id?: string; readonly span_id?: string } {
  const active = isOn ? trace.getActiveSpan()?.spanContext() : undefined;
  return active !== undefined && isSpanContextValid(active) ? { trace_id: active.traceId, span_id: active.spanId } : {};
}

function endingWith<T>(span: Span, run: (span: Span) => T): T {
  try {
    const result = run(span);
    if (!(result instanceof Promise)) {
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
