import type { SpanContext } from '@opentelemetry/api';

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const VERSION = '00';
/** The one version the standard forbids. */
const NO_VERSION = 'ff';
const SAMPLED = 1;
const ZEROS = /^0+$/;

/** `00-<trace id>-<span id>-<flags>`, as W3C Trace Context has it. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `${VERSION}-${traceId}-${spanId}-${(traceFlags & SAMPLED).toString(16).padStart(2, '0')}`;
}

/** The span a `traceparent` names; null when it is malformed. */
export function spanContextOf(traceparent: string): SpanContext | null {
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(traceparent) ?? [];
  if (version === undefined || version === NO_VERSION || traceId === undefined || spanId === undefined || flags === undefined) return null;
  if (version === VERSION && rest !== undefined) return null;
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & SAMPLED, isRemote: true };
  return isValid(spanContext) ? spanContext : null;
}

/** Ids of nothing but zeros stand for no span. */
export function isValid({ traceId, spanId }: SpanContext): boolean {
  return !ZEROS.test(traceId) && !ZEROS.test(spanId);
}
