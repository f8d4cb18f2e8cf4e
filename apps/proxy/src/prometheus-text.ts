import type { DataPlane } from './data-plane.js';
import { LATENCY_BOUNDS_SECONDS, type LatencyHistogram } from './latency-histogram.js';
import { STATUS_CLASSES, type InferenceOutcome, type ProxyMetrics, type RevisionMetrics } from './proxy-metrics.js';

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type ProxyGauges = {
  readonly position: number;
  readonly inFlight: number;
  readonly waiting: number;
  readonly bufferedBytes: number;
  readonly droppedMirrors: number;
  readonly mirrorsInFlight: number;
};

/** All counters of a data plane, in Prometheus' text format. */
export function metricsOf({ metrics, load, table, waitingRoom, mirrors }: Pick<DataPlane, 'metrics' | 'load' | 'table' | 'waitingRoom' | 'mirrors'>): string {
  const copies = { droppedMirrors: mirrors.dropped, mirrorsInFlight: mirrors.inFlight };
  return prometheusText(metrics, { ...load, ...copies, position: table.position, waiting: waitingRoom.size });
}

/** All counters in Prometheus' text format. */
export function prometheusText(metrics: ProxyMetrics, gauges: ProxyGauges): string {
  const series = [...metrics.all()];
  const lines: string[] = [];
  family(lines, 'slipway_proxy_requests_total', 'counter', 'Requests ended, by status class.');
  for (const one of series) {
    STATUS_CLASSES.forEach((statusClass, index) => {
      const count = one.requestsByStatusClass[index] ?? 0;
      if (count > 0) lines.push(`slipway_proxy_requests_total{${labels(one)},status="${statusClass}"} ${count}`);
    });
  }
  histogram(lines, 'slipway_proxy_request_duration_seconds', 'From arrival to the end of the answer.', series, (one) => one.latency);
  histogram(lines, 'slipway_proxy_time_to_first_byte_seconds', 'From arrival to the first byte of the answer.', series, (one) => one.timeToFirstByte);
  genAi(lines, 'gen_ai_server_request_duration_seconds', 'Duration of requests to models.', series, (one) => one.inferences);
  genAi(lines, 'gen_ai_server_time_to_first_token_seconds', 'From arrival to the first byte of streamed answers.', series, (one) => one.streams);
  perRevision(lines, 'slipway_proxy_requests_in_flight', 'gauge', 'Requests with a replica now.', series, (one) => one.inFlight);
  perRevision(lines, 'slipway_proxy_retries_total', 'counter', 'Requests given to another replica.', series, (one) => one.retries);
  perRevision(lines, 'slipway_proxy_cut_answers_total', 'counter', 'Answers that ended before their end.', series, (one) => one.cuts);
  perRevision(lines, 'slipway_proxy_pinned_requests_total', 'counter', 'Requests whose client chose the revision.', series, (one) => one.pinned);
  perRevision(lines, 'slipway_proxy_mirrored_requests_total', 'counter', 'Copies of requests sent; their answers are thrown away.', series, (one) => one.mirrored);
  single(lines, 'slipway_proxy_dropped_mirrors_total', 'counter', 'Copies that were due and not made.', gauges.droppedMirrors);
  single(lines, 'slipway_proxy_mirrors_in_flight', 'gauge', 'Copies under way.', gauges.mirrorsInFlight);
  single(lines, 'slipway_proxy_refused_heads_total', 'counter', 'Requests refused before they were one.', metrics.refusedHeads);
  single(lines, 'slipway_proxy_table_position', 'gauge', 'Log position of the routing table.', gauges.position);
  single(lines, 'slipway_proxy_held_requests', 'gauge', 'Requests held now.', gauges.inFlight);
  single(lines, 'slipway_proxy_waiting_requests', 'gauge', 'Requests waiting for a replica.', gauges.waiting);
  single(lines, 'slipway_proxy_buffered_bytes', 'gauge', 'Bytes of request bodies held.', gauges.bufferedBytes);
  return `${lines.join('\n')}\n`;
}

type MetricType = 'counter' | 'gauge' | 'histogram';

function family(lines: string[], name: string, type: MetricType, help: string): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
}

function single(lines: string[], name: string, type: MetricType, help: string, value: number): void {
  family(lines, name, type, help);
  lines.push(`${name} ${value}`);
}

function perRevision(
  lines: string[],
  name: string,
  type: MetricType,
  help: string,
  series: readonly RevisionMetrics[],
  value: (one: RevisionMetrics) => number,
): void {
  family(lines, name, type, help);
  for (const one of series) lines.push(`${name}{${labels(one)}} ${value(one)}`);
}

function histogram(
  lines: string[],
  name: string,
  help: string,
  series: readonly RevisionMetrics[],
  histogramOf: (one: RevisionMetrics) => LatencyHistogram,
): void {
  family(lines, name, 'histogram', help);
  for (const one of series) buckets(lines, name, labels(one), histogramOf(one));
}

/** Named and labelled by the conventions for generative AI; of what was never asked there is no series. */
function genAi(lines: string[], name: string, help: string, series: readonly RevisionMetrics[], histogramsOf: (one: RevisionMetrics) => ReadonlyMap<InferenceOutcome, LatencyHistogram>): void {
  family(lines, name, 'histogram', help);
  for (const one of series) {
    const model = `gen_ai_provider_name="slipway",gen_ai_request_model="${escaped(one.model)}",${labels(one)}`;
    for (const [{ operation, isError }, found] of histogramsOf(one)) {
      buckets(lines, name, `gen_ai_operation_name="${operation}",${model}${isError ? ',error_type="_OTHER"' : ''}`, found);
    }
  }
}

function buckets(lines: string[], name: string, labelText: string, { counts, sumSeconds }: LatencyHistogram): void {
  let cumulative = 0;
  counts.forEach((count, index) => {
    cumulative += count;
    lines.push(`${name}_bucket{${labelText},le="${LATENCY_BOUNDS_SECONDS[index] ?? '+Inf'}"} ${cumulative}`);
  });
  lines.push(`${name}_sum{${labelText}} ${sumSeconds}`, `${name}_count{${labelText}} ${cumulative}`);
}

function labels({ deployment, revisionId }: RevisionMetrics): string {
  return `deployment="${escaped(deployment)}",revision="${escaped(revisionId)}"`;
}

const escaped = (value: string): string => value.replace(/[\\"\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`));
