import type { MetricValues } from '@slipway/domain';
import type { MeasuredDeployments } from '../measured-deployment.js';
import type { ReplicaDirectory } from '../replicas/replica-directory.js';
import { observeLabelledGauge } from './labelled-gauge.js';

type Gauge = { readonly name: string; readonly description: string; readonly unit: string; readonly value: (values: MetricValues) => number | null };

const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1_000);

const GAUGES: readonly Gauge[] = [
  { name: 'slipway.revision.requests.running', description: 'Requests its engines are answering', unit: '{request}', value: (values) => values.requestsRunning },
  { name: 'slipway.revision.requests.waiting', description: 'Requests that wait in its engines', unit: '{request}', value: (values) => values.requestsWaiting },
  { name: 'slipway.revision.requests.in_flight', description: 'Requests in flight at the proxies', unit: '{request}', value: (values) => values.inFlight },
  { name: 'slipway.revision.kv_cache.usage', description: 'Share of the key-value cache in use, of the fullest engine', unit: '1', value: (values) => values.kvCacheUsage },
  { name: 'slipway.revision.prefix_cache.hit', description: 'Share of prompt tokens found in the prefix cache', unit: '1', value: (values) => values.prefixCacheHitRate },
  { name: 'slipway.revision.generation_tokens.per_second', description: 'Tokens generated a second', unit: '{token}', value: (values) => values.generationTokensPerSecond },
  { name: 'slipway.revision.time_to_first_token.p95', description: 'Of the last ten seconds', unit: 's', value: (values) => seconds(values.ttftP95Ms) },
  { name: 'slipway.revision.memory.used', description: 'Memory of its engines', unit: 'By', value: (values) => values.memoryUsedBytes },
];

/** All gauges of one reading of the page tell of the same moment, which is looked up once. */
const SAME_READING_MS = 500;

type Labelled = { readonly labels: { readonly deployment: string; readonly revision: string; readonly kind: string }; readonly values: MetricValues };

/** Of revisions that have replicas; what is unknown, or was known of a revision that has none any more, is not shown. */
export function observeRevisions(directory: ReplicaDirectory, measured: MeasuredDeployments, nowMs: () => number): () => void {
  let reading: { readonly atMs: number; readonly all: readonly Labelled[] } | null = null;
  const readAll = (): readonly Labelled[] => {
    const atMs = nowMs();
    if (reading === null || atMs - reading.atMs > SAME_READING_MS || atMs < reading.atMs) reading = { atMs, all: liveRevisions(directory, measured, atMs) };
    return reading.all;
  };
  const stops = GAUGES.map(({ name, description, unit, value }) =>
    observeLabelledGauge(name, description, unit, () =>
      readAll().flatMap(({ labels, values }) => {
        const known = value(values);
        return known === null ? [] : [{ value: known, attributes: labels }];
      }),
    ),
  );
  return () => stops.forEach((stop) => stop());
}

const liveRevisions = (directory: ReplicaDirectory, measured: MeasuredDeployments, atMs: number): readonly Labelled[] =>
  directory.deploymentIds().flatMap((deploymentId) =>
    measured.live(deploymentId, atMs).revisions.map((values) => ({
      labels: { deployment: directory.nameOf(deploymentId), revision: values.revisionId, kind: values.kind },
      values,
    })),
  );
