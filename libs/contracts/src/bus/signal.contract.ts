import { LATENCY_BOUNDS_MS } from '@slipway/domain';
import { z } from 'zod';

/** A report of more rows is sent in several, so that each fits into one signal (256 KiB; a row is 2 KiB at most). */
export const TRAFFIC_ROWS_PER_REPORT_MAX = 100;

/** A round of readings of more engines is told in several signals. */
export const ENGINES_PER_READING_MAX = 50;

const position = z.number().int().min(0);
const count = z.number().int().min(0);
const tokens = count.nullable().describe('Null: no answer has told');
const latencies = z.array(count).length(LATENCY_BOUNDS_MS.length + 1);
const trafficRow = z.object({
  deploymentId: z.string(),
  revisionId: z.string(),
  replicaId: z.string(),
  kind: z.enum(['served', 'mirrored']),
  successes: count,
  failures: count.describe('Every try that a replica failed, also where another replica then served the client'),
  excluded: count.describe('Refused for what the client sent, or left by it before the first byte'),
  failuresInARow: count,
  promptTokens: tokens,
  completionTokens: tokens,
  latency: latencies,
  timeToFirstToken: latencies,
  timePerOutputToken: latencies,
  inFlight: count,
});

const counted = z.number().min(0).nullable();
const buckets = z.array(z.number().min(0)).length(LATENCY_BOUNDS_MS.length + 1);
/** EnginePoint. */
const enginePoint = z.object({
  coveredMs: z.number().min(0),
  promptTokens: counted,
  generationTokens: counted,
  prefixQueries: counted,
  prefixHits: counted,
  successes: counted,
  failures: counted,
  latency: buckets,
  timeToFirstToken: buckets,
  timePerOutputToken: buckets,
  gauges: z.object({
    requestsRunning: counted,
    requestsWaiting: counted,
    kvCacheUsage: counted,
    prefixCacheHitRate: counted,
    generationTokensPerSecond: counted,
    cpuUtilization: counted,
    memoryUsedBytes: counted,
    gpuUtilization: counted,
    gpuMemoryUsedBytes: counted,
  }),
});

/** Hints between the services, each by its subject below `slipway.signals`. None is relied on; see the `Signals` port. */
export const signalContracts = {
  'log.appended': {
    summary: 'The log has grown at least to this position.',
    schema: z.object({ position }),
  },
  'proxy.report': {
    summary: 'What a proxy says of itself, at every change that matters and as a heartbeat.',
    schema: z.object({
      proxyId: z.string(),
      position: position.describe('Every request from now on is routed by a table that contains the log up to here'),
      inFlightByReplica: z.record(z.string(), z.number().int().min(0)).describe('Requests running, by replica'),
    }),
  },
  'proxy.traffic': {
    summary: 'What a proxy has counted since it started, once a second: rows that changed, and every row in each tenth report.',
    schema: z.object({
      proxyId: z.string(),
      instanceId: z.string().describe('Another one: the proxy has started anew and counts from 0'),
      sequence: count.describe('Grows by one with each report of this instance'),
      sentAtMs: count,
      rows: z.array(trafficRow).max(TRAFFIC_ROWS_PER_REPORT_MAX),
    }),
  },
  'engine.readings': {
    summary: 'What engines told of themselves since they were last read, as the metrics service read it.',
    schema: z.object({ engines: z.array(z.object({ replicaId: z.string(), point: enginePoint })).max(ENGINES_PER_READING_MAX) }),
  },
  'proxy.left': {
    summary: 'A proxy says goodbye: it has nothing running any more.',
    schema: z.object({ proxyId: z.string() }),
  },
} as const;
