import { MetricsBook, type TrafficReport } from '@slipway/domain';
import type { EventLogReader } from '@slipway/event-log';
import { hearTraffic, tellEngines, type Signals } from '@slipway/messaging';
import { observeGauge, openSubgraph, troubleReport, type HttpApplication, type Logger, type SubgraphDefinition } from '@slipway/service';
import { EngineScraper } from './engines/engine-scraper.js';
import { ProcessUsages } from './engines/process-usage.js';
import { observeReplicas } from './exposition/replica-gauges.js';
import { observeRevisions } from './exposition/revision-gauges.js';
import { openTrafficCounters } from './exposition/traffic-counters.js';
import { metricsResolvers } from './graphql/metrics.resolvers.js';
import { metricsSchema } from './graphql/metrics.schema.js';
import { MeasuredDeployments } from './measured-deployment.js';
import { ReplicaDirectory } from './replicas/replica-directory.js';

export type MetricsOptions = {
  readonly log: EventLogReader;
  /** Where proxies tell what they count, and where what engines told is told on. */
  readonly signals: Pick<Signals, 'subscribe' | 'publish'>;
  /** The key an engine asks of whoever calls it. */
  readonly replicaKey: (replicaId: string) => string;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** Default SCRAPE_INTERVAL_MS. */
  readonly scrapeIntervalMs?: number;
  /** For an engine to tell what it counts; default PAGE_TIMEOUT_MS. */
  readonly pageTimeoutMs?: number;
  readonly internalToken?: () => string | null;
};

/** The metrics service, running: traffic, engines and the subgraph. All it knows is in memory; instances do not depend on each other. */
export class MetricsService {
  private constructor(
    readonly directory: ReplicaDirectory,
    readonly scraper: EngineScraper,
    private readonly stops: readonly (() => void)[],
  ) {}

  static async start(options: MetricsOptions, http?: HttpApplication): Promise<MetricsService> {
    const { log, logger, nowMs, internalToken } = options;
    const book = new MetricsBook();
    const onFailure = troubleReport(logger, { event: 'metrics.directory.failed', words: 'replicas cannot be followed in the log' });
    const directory = new ReplicaDirectory({ log, nowMs, onFailure });
    const measured = new MeasuredDeployments(book, directory);
    const scraper = scraperOf(options, book, directory);
    const count = openTrafficCounters((deploymentId) => directory.nameOf(deploymentId));
    const take = (report: TrafficReport): void => count(book.takeTraffic(report, nowMs()));
    const gauges = [observeRevisions(directory, measured, nowMs), observeReplicas(directory), observeGauge('slipway.metrics.points', 'Points kept', '{point}', () => [{ value: book.pointCount }])];
    const stops = [hearTraffic(options.signals, take), ...gauges];
    scraper.start();
    const resolvers = metricsResolvers({ log, book, directory, measured, nowMs });
    const definition: SubgraphDefinition = { subgraph: 'metrics', typeDefs: metricsSchema, resolvers, logger };
    const subgraph = openSubgraph(internalToken === undefined ? definition : { ...definition, internalToken }, http);
    return new MetricsService(directory, scraper, [() => subgraph.close(), ...stops]);
  }

  async close(): Promise<void> {
    for (const stop of this.stops) stop();
    await this.scraper.close();
    await this.directory.close();
  }
}

function scraperOf({ signals, logger, nowMs, replicaKey, scrapeIntervalMs, pageTimeoutMs }: MetricsOptions, book: MetricsBook, directory: ReplicaDirectory): EngineScraper {
  return new EngineScraper({
    living: () => directory.living(),
    replicaKey,
    usages: new ProcessUsages(nowMs),
    take: ({ replicaId }, point, atMs) => book.takeEngine(replicaId, point, atMs),
    onRound: (engines) => tellEngines(signals, engines),
    nowMs,
    onTrouble: ({ replicaId }, failure) => {
      const fields = { event: 'metrics.scrape', replicaId, failure };
      if (failure === null) logger.info(fields, 'the engine tells its metrics again');
      else logger.warn(fields, 'the engine does not tell its metrics');
    },
    ...(scrapeIntervalMs !== undefined && { intervalMs: scrapeIntervalMs }),
    ...(pageTimeoutMs !== undefined && { pageTimeoutMs }),
  });
}
