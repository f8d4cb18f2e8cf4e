import type { MetricsPage } from '../health/start-health-server.js';
import type { Logger } from '../logging/logger.js';

export type TelemetryOptions = {
  /** `service.name` of every span and metric. */
  readonly serviceName: string;
  /** `service.instance.id`. */
  readonly instance: string;
  readonly version?: string;
  /** Whether traces are made and sent. */
  readonly enabled: boolean;
  /** Whether metrics are kept; default: no. */
  readonly metrics?: boolean;
  /** Prometheus text that is kept elsewhere and shown with the others. */
  readonly ownMetrics?: () => string;
  /** Collector's base URL; spans go to `<it>/v1/traces`. */
  readonly otlpEndpoint?: string;
  /** Share of the traces begun here that are recorded, 0 to 1; default 1. Traces begun elsewhere are as their beginner decided. */
  readonly sampleRatio?: number;
  /** Told, once a minute at most, that spans cannot be sent. */
  readonly logger?: Logger;
};

export type Telemetry = {
  /** Prometheus text of the metrics; null without metrics. */
  readonly metricsPage: MetricsPage | null;
  /** Sends what is left, then switches off; within `TELEMETRY_FLUSH_TIMEOUT_MS`. */
  close(): Promise<void>;
};

/**
 * Switches on what is asked for, for the whole process. The SDK is loaded only then: off, it costs neither time nor
 * memory, and the API's calls do nothing.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const [traces, metrics] = await Promise.all([
    options.enabled ? import('./trace-export.js').then(({ startTraces }) => startTraces(options)) : null,
    options.metrics === true ? import('./metrics-export.js').then(({ startMetrics }) => startMetrics(options)) : null,
  ]);
  return {
    metricsPage: metrics?.page ?? null,
    async close() {
      await Promise.all([traces?.close(), metrics?.close()]);
    },
  };
}
