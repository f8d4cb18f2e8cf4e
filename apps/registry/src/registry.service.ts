import { deploymentEventTypes, nameEventTypes, parseEvent, rolloutEventTypes, splitStream } from '@slipway/contracts';
import { registrarProcess, type RegistrarInput, type RolloutEvent, type NameEvent } from '@slipway/domain';
import {
  openProjectionDatabase,
  startProcessRunner,
  startProjectionRunner,
  systemClock,
  typeormProjectionStore,
  type Clock,
  type ProcessRunner,
  type ProjectionRunner,
  type RecordedEvent,
} from '@slipway/event-log';
import { openSubgraph, type Logger, type SubgraphDefinition } from '@slipway/service';
import type { DataSource } from 'typeorm';
import { registryResolvers } from './graphql/registry.resolvers.js';
import { registrySchema } from './graphql/registry.schema.js';
import { accessTokens, accessTokensTable } from './read-models/access-tokens.projection.js';
import { deployments, deploymentsTable } from './read-models/deployments.projection.js';
import { RegistryReads } from './read-models/registry-reads.js';
import { revisions, revisionsTable } from './read-models/revisions.projection.js';
import { performRegistrarEffect } from './registrar.js';
import type { RegistryPorts } from './registry-ports.js';

export type RegistryOptions = RegistryPorts & {
  /** File of the read models; nothing in it is original. */
  readonly databaseFile: string;
  readonly logger: Logger;
  /** Of the registrar's timers; default: the system's. */
  readonly clock?: Clock;
  readonly internalToken?: () => string | null;
};

export const registryTables = [deploymentsTable, revisionsTable, accessTokensTable] as const;
export const registryProjections = [deployments, revisions, accessTokens] as const;

type HttpApplication = Parameters<typeof openSubgraph>[1];

/** The registry, running: read models, the registrar process and the subgraph. */
export class RegistryService {
  private constructor(
    private readonly database: DataSource,
    readonly projections: ProjectionRunner,
    readonly registrar: ProcessRunner,
    private readonly subgraph: { close(): void },
  ) {}

  static async start(options: RegistryOptions, http?: HttpApplication): Promise<RegistryService> {
    const { log, logger, databaseFile, clock = systemClock } = options;
    const database = await openProjectionDatabase(databaseFile, registryTables);
    const projections = startProjectionRunner({
      log,
      store: typeormProjectionStore(database, registryTables),
      projections: registryProjections,
      onFailure: ({ projection, error }) => logger.error({ event: 'projection.failed', projection, err: error }, 'a projection could not go on'),
    });
    const registrar = startProcessRunner(
      {
        name: 'registrar',
        process: registrarProcess,
        filter: { types: [...deploymentEventTypes, ...rolloutEventTypes, ...nameEventTypes, 'DeploymentStatusChanged'] },
        route: routeToRegistrar,
        perform: (effect, { effectId }) => performRegistrarEffect(options, effect, effectId),
      },
      { log, clock, onFailure: ({ key, error }) => logger.error({ event: 'registrar.failed', key, err: error }, 'an effect failed and is tried again') },
    );
    const reads = new RegistryReads(database, log);
    const resolvers = registryResolvers({ ports: options, reads, waitFor: (position, timeoutMs) => projections.waitFor(position, timeoutMs) });
    await projections.ready;
    const definition: SubgraphDefinition = { subgraph: 'registry', typeDefs: registrySchema, resolvers, logger };
    const { internalToken } = options;
    const subgraph = openSubgraph(internalToken === undefined ? definition : { ...definition, internalToken }, http);
    return new RegistryService(database, projections, registrar, subgraph);
  }

  async close(): Promise<void> {
    this.subgraph.close();
    await this.registrar[Symbol.asyncDispose]();
    await this.projections[Symbol.asyncDispose]();
    await this.database.destroy();
  }
}

function routeToRegistrar(recorded: RecordedEvent): { readonly key: string; readonly input: RegistrarInput } | null {
  const { category, id } = splitStream(recorded.streamId);
  const event = parseEvent(recorded);
  switch (category) {
    case 'deployment':
      return { key: id, input: { from: 'deployment', deploymentId: id, event } as RegistrarInput };
    case 'status':
      return { key: id, input: { from: 'status', event } as RegistrarInput };
    case 'rollout':
      return { key: (event as RolloutEvent).deploymentId, input: { from: 'rollout', event } as RegistrarInput };
    case 'name':
      return { key: (event as NameEvent).deploymentId, input: { from: 'name', nameStream: recorded.streamId, event } as RegistrarInput };
    default:
      return null;
  }
}
