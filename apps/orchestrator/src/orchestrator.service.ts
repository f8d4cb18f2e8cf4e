import { fleetProcess } from '@slipway/domain';
import { startProcessRunner, startProjectionRunner, systemClock, type Clock, type ProcessRunner, type ProjectionRunner, type Snapshots } from '@slipway/event-log';
import type { OpenReadModels, ReadModels } from '@slipway/event-log/read-models';
import { alwaysLeading, whileLeading, type Leadership, type Leases } from '@slipway/leases';
import type { ReplicaRuntime } from '@slipway/runtimes';
import { openSubgraph, troubleReport, withSpan, type Logger, type SubgraphDefinition } from '@slipway/service';
import { performFleetEffect } from './fleet/fleet-effects.js';
import { fleetFilter, routeToFleet } from './fleet/fleet-route.js';
import { orchestratorResolvers } from './graphql/orchestrator.resolvers.js';
import { orchestratorSchema } from './graphql/orchestrator.schema.js';
import { TimelineReads } from './history/timeline-reads.js';
import { timeline, timelineTable } from './history/timeline.projection.js';
import { LedRuntime } from './logs/led-runtime.js';
import { fleets, fleetsTable } from './read-models/fleets.projection.js';
import { OrchestratorReads } from './read-models/orchestrator-reads.js';
import { replicas, replicasTable } from './read-models/replicas.projection.js';
import { rollouts, rolloutsTable } from './read-models/rollouts.projection.js';
import { ReplicaActuator } from './replicas/replica-actuator.js';
import type { ReplicaPorts } from './replicas/replica-ports.js';
import { RolloutMeasurer, type ServedTotals } from './rollouts/rollout-measurer.js';

export type OrchestratorOptions = Omit<ReplicaPorts, 'runtime'> & {
  /** Opened by the instance that leads, and let go when it no longer does: two at once would launch everything twice. */
  readonly openRuntime: () => Promise<ReplicaRuntime>;
  /** Nothing in the read models is original. */
  readonly openReadModels: OpenReadModels;
  readonly logger: Logger;
  /** Which of several instances makes it so; default: there is but this one. */
  readonly leases?: Leases;
  /** Shorten the fleets' start. */
  readonly snapshots?: Snapshots;
  /** What each revision served, as the proxies tell. */
  readonly served: ServedTotals;
  /** Of the fleets' timers; default: the system's. */
  readonly clock?: Clock;
  readonly internalToken?: () => string | null;
};

export const orchestratorTables = [fleetsTable, replicasTable, rolloutsTable, timelineTable] as const;
export const orchestratorProjections = [fleets, replicas, rollouts, timeline] as const;

type HttpApplication = Parameters<typeof openSubgraph>[1];

/** The orchestrator, running: fleets, replicas, read models and the subgraph. */
export class OrchestratorService {
  private constructor(
    private readonly readModels: ReadModels,
    readonly projections: ProjectionRunner,
    readonly fleets: Leadership,
    private readonly subgraph: { close(): void },
  ) {}

  static async start(options: OrchestratorOptions, http?: HttpApplication): Promise<OrchestratorService> {
    const { log, logger, openReadModels, leases = alwaysLeading } = options;
    const projectionTrouble = troubleReport(logger, { event: 'projection.failed', words: 'rows cannot be brought up to date' });
    const readModels = await openReadModels(orchestratorTables);
    const projections = startProjectionRunner({
      log,
      store: readModels.store,
      projections: orchestratorProjections,
      onFailure: ({ projection, error }) => projectionTrouble(error, { projection }),
    });
    const reads = new OrchestratorReads(readModels.dataSource, log);
    const runtime = new LedRuntime();
    const fleets = whileLeading(leases, 'orchestrator', () => leadFleets(options, reads, runtime), {
      onChange: (leading) => logger.info({ event: 'orchestrator.lease', leading }, leading ? 'this instance runs the fleets' : 'this instance does not run the fleets'),
      onError: troubleReport(logger, { event: 'orchestrator.lease.failed', words: 'the fleets cannot be taken over' }),
    });
    const resolvers = orchestratorResolvers({
      log,
      writableLog: log,
      reads,
      timeline: new TimelineReads(readModels.dataSource),
      waitFor: (position, timeoutMs) => projections.waitFor(position, timeoutMs),
      nowMs: options.nowMs,
      logs: { runtime, planLaunch: options.planLaunch },
    });
    await projections.ready;
    const definition: SubgraphDefinition = { subgraph: 'orchestrator', typeDefs: orchestratorSchema, resolvers, logger };
    const { internalToken } = options;
    const subgraph = openSubgraph(internalToken === undefined ? definition : { ...definition, internalToken }, http);
    return new OrchestratorService(readModels, projections, fleets, subgraph);
  }

  /** Engines keep running: whoever leads next takes them over. */
  async close(): Promise<void> {
    this.subgraph.close();
    await this.fleets[Symbol.asyncDispose]();
    await this.projections[Symbol.asyncDispose]();
    await this.readModels.close();
  }
}

/** What one instance at a time does. What runs is taken over before anything new is decided. */
async function leadFleets(options: OrchestratorOptions, reads: OrchestratorReads, led: LedRuntime): Promise<AsyncDisposable> {
  await using opened = new AsyncDisposableStack(); // closed again, in reverse, when anything below throws
  const runtime = opened.use(await options.openRuntime());
  opened.use(led.lead(runtime));
  const actuator = new ReplicaActuator({ ...options, runtime });
  opened.defer(() => actuator.close());
  await actuator.start();
  opened.use(startFleets(options));
  const { log, logger, served, nowMs } = options;
  const onError = troubleReport(logger, { event: 'rollout.measure.failed', words: 'analyses cannot be measured' });
  opened.use(new RolloutMeasurer({ log, served, nowMs, walkingRollouts: () => reads.walkingRollouts(), onError }));
  return opened.move();
}

function startFleets(options: OrchestratorOptions): ProcessRunner {
  const { log, logger, snapshots, clock = systemClock } = options;
  const trouble = troubleReport(logger, { event: 'fleet.failed', words: 'the fleets cannot do their work' });
  return startProcessRunner(
    {
      name: 'fleet',
      process: fleetProcess,
      filter: fleetFilter,
      route: routeToFleet,
      perform: (effect, context) => performFleetEffect(options, effect, context),
    },
    {
      log,
      clock,
      runInSpan: withSpan,
      ...(snapshots !== undefined && { snapshots }),
      onFailure: ({ key, error }) => trouble(error, { key }),
    },
  );
}
