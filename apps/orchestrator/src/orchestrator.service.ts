import { fleetProcess } from '@slipway/domain';
import {
  openProjectionDatabase,
  startProcessRunner,
  startProjectionRunner,
  systemClock,
  typeormProjectionStore,
  type Clock,
  type ProcessRunner,
  type ProjectionRunner,
} from '@slipway/event-log';
import { openSubgraph, type Logger, type SubgraphDefinition } from '@slipway/service';
import type { DataSource } from 'typeorm';
import { performFleetEffect } from './fleet/fleet-effects.js';
import { fleetFilter, routeToFleet } from './fleet/fleet-route.js';
import { orchestratorResolvers } from './graphql/orchestrator.resolvers.js';
import { orchestratorSchema } from './graphql/orchestrator.schema.js';
import { fleets, fleetsTable } from './read-models/fleets.projection.js';
import { OrchestratorReads } from './read-models/orchestrator-reads.js';
import { replicas, replicasTable } from './read-models/replicas.projection.js';
import { rollouts, rolloutsTable } from './read-models/rollouts.projection.js';
import { ReplicaActuator } from './replicas/replica-actuator.js';
import type { ReplicaPorts } from './replicas/replica-ports.js';

export type OrchestratorOptions = ReplicaPorts & {
  /** File of the read models; nothing in it is original. */
  readonly databaseFile: string;
  readonly logger: Logger;
  /** Of the fleets' timers; default: the system's. */
  readonly clock?: Clock;
  readonly internalToken?: () => string | null;
};

export const orchestratorTables = [fleetsTable, replicasTable, rolloutsTable] as const;
export const orchestratorProjections = [fleets, replicas, rollouts] as const;

type HttpApplication = Parameters<typeof openSubgraph>[1];

/** The orchestrator, running: fleets, replicas, read models and the subgraph. */
export class OrchestratorService {
  private constructor(
    private readonly database: DataSource,
    readonly projections: ProjectionRunner,
    readonly fleets: ProcessRunner,
    private readonly actuator: ReplicaActuator,
    private readonly subgraph: { close(): void },
  ) {}

  static async start(options: OrchestratorOptions, http?: HttpApplication): Promise<OrchestratorService> {
    const { log, logger, databaseFile, clock = systemClock } = options;
    const database = await openProjectionDatabase(databaseFile, orchestratorTables);
    const projections = startProjectionRunner({
      log,
      store: typeormProjectionStore(database, orchestratorTables),
      projections: orchestratorProjections,
      onFailure: ({ projection, error }) => logger.error({ event: 'projection.failed', projection, err: error }, 'a projection could not go on'),
    });
    // What runs is taken over before anything new is decided.
    const actuator = new ReplicaActuator(options);
    await actuator.start();
    const fleetRunner = startProcessRunner(
      {
        name: 'fleet',
        process: fleetProcess,
        filter: fleetFilter,
        route: routeToFleet,
        perform: (effect, { effectId }) => performFleetEffect(options, effect, effectId),
      },
      { log, clock, onFailure: ({ key, error }) => logger.error({ event: 'fleet.failed', key, err: error }, 'an effect failed and is tried again') },
    );
    const resolvers = orchestratorResolvers({ log, reads: new OrchestratorReads(database, log) });
    await projections.ready;
    const definition: SubgraphDefinition = { subgraph: 'orchestrator', typeDefs: orchestratorSchema, resolvers, logger };
    const { internalToken } = options;
    const subgraph = openSubgraph(internalToken === undefined ? definition : { ...definition, internalToken }, http);
    return new OrchestratorService(database, projections, fleetRunner, actuator, subgraph);
  }

  /** Engines keep running: the next start takes them over. */
  async close(): Promise<void> {
    this.subgraph.close();
    await this.fleets[Symbol.asyncDispose]();
    await this.actuator.close();
    await this.projections[Symbol.asyncDispose]();
    await this.database.destroy();
  }
}
