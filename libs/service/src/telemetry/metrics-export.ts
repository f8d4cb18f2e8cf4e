import { metrics } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { MetricsPage } from '../health/start-health-server.js';
import { metering, observeGauge } from './instruments.js';
import { resourceAttributes } from './resource-attributes.js';
import type { TelemetryOptions } from './start-telemetry.js';

const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
/** How long all gauges together may take to be read, in milliseconds. */
const COLLECT_TIMEOUT_MS = 2_000;
/** How Prometheus has units in names: `http_server_request_duration_seconds`. What is counted (`{event}`) is no unit. */
const UNIT_SUFFIXES: Readonly<Record<string, string>> = { s: 'seconds', ms: 'milliseconds', By: 'bytes', '1': 'ratio' };

/** Keeps this process's metrics for whoever scrapes them. Imported only when that is wanted. */
export function startMetrics(options: TelemetryOptions): { readonly page: MetricsPage; close(): Promise<void> } {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer('', false, undefined, false, true);
  const provider = new MeterProvider({ resource: resourceFromAttributes(resourceAttributes(options)), readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  metering.switch(metrics);
  observeProcess();
  return {
    page: (_request, response) => {
      reader.collect({ timeoutMillis: COLLECT_TIMEOUT_MS }).then(
        ({ resourceMetrics }) => answer(response, 200, serializer.serialize(asShown(resourceMetrics)) + (options.ownMetrics?.() ?? '')),
        () => answer(response, 500, '# the metrics could not be collected\n'),
      );
    },
    async close() {
      metering.switch(null);
      metrics.disable();
      await provider.shutdown();
    },
  };
}

const asShown = (found: ResourceMetrics): ResourceMetrics => ({
  ...found,
  scopeMetrics: found.scopeMetrics.map((scope) => ({ ...scope, metrics: scope.metrics.map((metric) => withoutUnknown(withUnitInName(metric))) })),
});

/** The exporter leaves units out of names, where dashboards and the mapping of the standard expect them. */
function withUnitInName(metric: MetricData): MetricData {
  const { name, unit } = metric.descriptor;
  const suffix = UNIT_SUFFIXES[unit];
  const isNamed = suffix === undefined || name.endsWith(`.${suffix}`);
  return { ...metric, descriptor: { ...metric.descriptor, unit: '', name: isNamed ? name : `${name}.${suffix}` } };
}

/** The SDK keeps the last value of every set of attributes for ever; one that is NaN is known no more, and a sum with it would be NaN. */
function withoutUnknown(metric: MetricData): MetricData {
  const dataPoints = (metric.dataPoints as readonly { readonly value: unknown }[]).filter(({ value }) => !Number.isNaN(value));
  return { ...metric, dataPoints } as MetricData;
}

/** What every process is asked about first. */
function observeProcess(): void {
  observeGauge('process.memory.usage', 'Resident memory', 'By', () => [{ value: process.memoryUsage.rss() }]);
  observeGauge('process.uptime', 'Time since the process began', 's', () => [{ value: process.uptime() }]);
  let last = performance.eventLoopUtilization();
  observeGauge('nodejs.eventloop.utilization', 'Share of the time since the last look that the event loop was busy', '1', () => {
    const { utilization } = performance.eventLoopUtilization(last);
    last = performance.eventLoopUtilization();
    return [{ value: utilization }];
  });
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': PROMETHEUS_CONTENT_TYPE, 'cache-control': 'no-store' });
  response.end(body);
}
