import { SlipwayError, streams } from '@slipway/contracts';
import type { MetricsBook } from '@slipway/domain';
import type { EventLogReader } from '@slipway/event-log';
import { liveIterator, type Resolvers } from '@slipway/service';
import type { Measured, MeasuredDeployments, MeasuredStep } from '../measured-deployment.js';
import type { ReplicaDirectory } from '../replicas/replica-directory.js';
import { limitValues, rangeOf, type MetricsFilter } from './metrics-range.js';

/** How often subscribers are told. */
export const LIVE_INTERVAL_MS = 1_000;
const ID_CHARACTERS_SHOWN = 120;
/** Ids are made by us; whatever else somebody asks for cannot exist, and may not even be the name of a stream. */
const ID = /^[\w.-]{1,128}$/;

export type MetricsResolverPorts = {
  readonly log: EventLogReader;
  readonly book: MetricsBook;
  readonly directory: ReplicaDirectory;
  readonly measured: MeasuredDeployments;
  readonly nowMs: () => number;
};

export function metricsResolvers(ports: MetricsResolverPorts): Resolvers {
  return {
    Query: {
      deploymentMetrics: (_: unknown, { id, filter }: { id: string; filter?: MetricsFilter | null }) => deploymentMetrics(ports, id, filter ?? {}),
    },
    Subscription: {
      metricsUpdated: {
        subscribe: (_: unknown, { deploymentId }: { deploymentId: string }) => metricsUpdates(ports, deploymentId),
        resolve: (step: MeasuredStep) => shown(step),
      },
    },
  };
}

async function deploymentMetrics(ports: MetricsResolverPorts, id: string, filter: MetricsFilter) {
  await assertKnown(ports, id);
  const window = rangeOf(filter, ports.book, ports.nowMs());
  const { instantsMs, stepMs } = window;
  const replicas = ports.measured.replicas(id, (instantsMs[0] ?? 0) - stepMs, instantsMs.at(-1) ?? 0, filter);
  limitValues(instantsMs.length, replicas.length);
  return ports.measured.steps(id, window, filter).map(shown);
}

/** A reader that is slow sees the newest, and misses what was before. */
function metricsUpdates(ports: MetricsResolverPorts, deploymentId: string): AsyncIterableIterator<MeasuredStep> {
  return liveIterator<MeasuredStep>(
    (push, end) => {
      const stopWatching = ports.directory.onDeleted(() => void (ports.directory.deployment(deploymentId) === 'deleted' && end()));
      let timer: NodeJS.Timeout | null = null;
      let isLeft = false;
      const tell = (): void => push(ports.measured.live(deploymentId, ports.nowMs()));
      assertKnown(ports, deploymentId).then(
        () => {
          if (isLeft) return;
          if (ports.directory.deployment(deploymentId) === 'deleted') return end(notFound(deploymentId));
          tell();
          timer = setInterval(tell, LIVE_INTERVAL_MS);
        },
        (error: unknown) => end(error instanceof Error ? error : new Error(String(error))),
      );
      return () => {
        isLeft = true;
        if (timer !== null) clearInterval(timer);
        stopWatching();
      };
    },
    { coalesceBy: () => deploymentId },
  );
}

/** One that was made a moment ago may not have come here yet: the log knows. */
async function assertKnown({ directory, log }: MetricsResolverPorts, deploymentId: string): Promise<void> {
  await directory.caughtUp; // however long the log is, the service has started before it was read
  if (directory.deployment(deploymentId) !== null) return;
  const read = ID.test(deploymentId) ? await log.readStream(streams.deployment(deploymentId), { limit: 1 }) : { notFound: true };
  if ('notFound' in read) throw notFound(deploymentId);
}

const notFound = (deploymentId: string): SlipwayError => new SlipwayError('DEPLOYMENT_NOT_FOUND', { deploymentId: deploymentId.slice(0, ID_CHARACTERS_SHOWN) });

function shown({ instantMs, stepMs, replicas, revisions }: MeasuredStep) {
  const timestamp = new Date(instantMs);
  const toMetric = <M extends Measured>(measured: M) => ({ ...measured, kind: measured.kind.toUpperCase(), timestamp });
  return { timestamp, stepSeconds: stepMs / 1_000, replicaMetrics: replicas.map(toMetric), revisionMetrics: revisions.map(toMetric) };
}
