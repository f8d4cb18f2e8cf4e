import * as api from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logging/logger.js';
import { asyncContextManager } from './async-context.js';
import { resourceAttributes } from './resource-attributes.js';
import type { TelemetryOptions } from './start-telemetry.js';
import { w3cPropagator } from './w3c-propagator.js';
import { tracing } from './with-span.js';

const { context, diag, DiagLogLevel, propagation, trace } = api;

/** Spans that wait to be sent; what comes beyond is dropped, never waited for. */
export const SPAN_QUEUE_MAX = 4_096;
const SPANS_PER_EXPORT_MAX = 512;
const EXPORT_INTERVAL_MS = 1_000;
const EXPORT_TIMEOUT_MS = 10_000;
/** How long a closing process may take to send its last spans, in milliseconds. */
export const TELEMETRY_FLUSH_TIMEOUT_MS = 3_000;
/** How often it is said that spans cannot be sent, in milliseconds. */
const COMPLAINT_INTERVAL_MS = 60_000;

const DEFAULT_ENDPOINT = 'http://127.0.0.1:4318';

/** Makes this process trace, and sends its spans in batches by OTLP over HTTP. Imported only when that is wanted. */
export function startTraces(options: TelemetryOptions): { close(): Promise<void> } {
  const { otlpEndpoint = DEFAULT_ENDPOINT, sampleRatio = 1, logger } = options;
  const exporter = new OTLPTraceExporter({ url: `${otlpEndpoint.replace(/\/+$/, '')}/v1/traces`, timeoutMillis: EXPORT_TIMEOUT_MS });
  const provider = new TracerProvider({
    resource: resourceFromAttributes(resourceAttributes(options)),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: SPAN_QUEUE_MAX,
        maxExportBatchSize: SPANS_PER_EXPORT_MAX,
        scheduledDelayMillis: EXPORT_INTERVAL_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  if (logger !== undefined) complainTo(logger);
  context.setGlobalContextManager(asyncContextManager());
  propagation.setGlobalPropagator(w3cPropagator);
  trace.setGlobalTracerProvider(provider);
  tracing.switch(api);
  return {
    async close() {
      const cut = new AbortController();
      const late = sleep(TELEMETRY_FLUSH_TIMEOUT_MS, undefined, { signal: cut.signal }).catch(() => undefined);
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      cut.abort();
      tracing.switch(null);
      trace.disable();
      context.disable();
      propagation.disable();
      diag.disable();
    },
  };
}

/** The SDK's own troubles, which it tells each time anew. */
function complainTo(logger: Logger): void {
  let silentUntilMs = 0;
  const complain = (message: string): void => {
    if (performance.now() < silentUntilMs) return;
    silentUntilMs = performance.now() + COMPLAINT_INTERVAL_MS;
    logger.warn({ event: 'telemetry.failed', reason: message.slice(0, 300) }, 'telemetry cannot be sent');
  };
  const ignore = (): void => undefined;
  diag.setLogger({ error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore }, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}
