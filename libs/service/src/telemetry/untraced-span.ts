import type { Span, SpanContext } from '@opentelemetry/api';

const NO_SPAN: SpanContext = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 };

/** Given where nothing is traced: takes everything, keeps nothing. (The API has one, but is not loaded then.) */
export const untracedSpan: Span = {
  spanContext: () => NO_SPAN,
  setAttribute: () => untracedSpan,
  setAttributes: () => untracedSpan,
  addEvent: () => untracedSpan,
  addLink: () => untracedSpan,
  addLinks: () => untracedSpan,
  setStatus: () => untracedSpan,
  updateName: () => untracedSpan,
  end: () => undefined,
  isRecording: () => false,
  recordException: () => undefined,
};
