import { deploymentEventTypes, nameEventTypes, parseEvent, rolloutEventTypes, splitStream } from '@slipway/contracts';
import { registrarProcess, type RegistrarInput, type RolloutEvent, type NameEvent } from '@slipway/domain';
import { startProcessRunner, startProjectionRunner, systemClock, type Clock, type ProcessRunner, type ProjectionRunner, type RecordedEvent, type Snapshots } from '@slipway/event-log';
import type { OpenReadModels, ReadModels } from '@slipway/event-log/read-models';
import { alwaysLeading, whileLeading, type Leadership, type Leases } from '@slipway/leases';
import { openSubgraph, troubleReport, withSpan, type Logger, type SubgraphDefinition } from '@slipway/service';
import { registryResolvers } from './graphql/registry.resolvers.js';
import { registrySchema } from './graphql/registry.schema.js';
import { accessTokens, accessTokensTable } from './read-models/access-tokens.projection.js';
import { deployments, deploymentsTable } from './read-models/deployments.projection.js';
import { RegistryReads } from './read-models/registry-reads.js';
import { revisions, revisionsTable } from './read-models/revisions.projection.js';
import { performRegistrarEffect } from './registrar.js';
import type { RegistryPorts } from './registry-ports.js';

export type RegistryOptions = RegistryPorts & {
  /** Nothing in the read models is original. */
  readonly openReadModels: OpenReadModels;
  readonly logger: Logger;
  /** Which of several instances runs the registrar; default: there is but this one. */
  readonly leases?: Leases;
  /** Shorten the registrar's start. */
  readonly snapshots?: Snapshots;
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
    private readonly readModels: ReadModels,
    readonly projections: ProjectionRunner,
    readonly registrar: Leadership,
    private readonly subgraph: { close(): void },
  ) {}

  static async start(options: RegistryOptions, http?: HttpApplication): Promise<RegistryService> {
    const { log, logger, openReadModels, leases = alwaysLeading } = options;
    const projectionTrouble = troubleReport(logger, { event: 'projection.failed', words: 'rows cannot be brought up to date' });
    const readModels = await openReadModels(registryTables);
    const projections = startProjectionRunner({
      log,
      store: readModels.store,
      projections: registryProjections,
      onFailure: ({ projection, error }) => projectionTrouble(error, { projection }),
    });
    const registrar = whileLeading(leases, 'registrar', async () => startRegistrar(options), {
      onChange: (leading) => logger.info({ event: 'registrar.lease', leading }, leading ? 'this instance runs the registrar' : 'this instance does not run the registrar'),
      onError: troubleReport(logger, { event: 'registrar.lease.failed', words: 'the registrar cannot be taken over' }),
    });
    const reads = new RegistryReads(readModels.dataSource, log);
    const resolvers = registryResolvers({ ports: options, reads, waitFor: (position, timeoutMs) => projections.waitFor(position, timeoutMs) });
    await projections.ready;
    const definition: SubgraphDefinition = { subgraph: 'registry', typeDefs: registrySchema, resolvers, logger };
    const { internalToken } = options;
    const subgraph = openSubgraph(internalToken === undefined ? definition : { ...definition, internalToken }, http);
    return new RegistryService(readModels, projections, registrar, subgraph);
  }

  async close(): Promise<void> {
    this.subgraph.close();
    await this.registrar[Symbol.asyncDispose]();
    await this.projections[Symbol.asyncDispose]();
    await this.readModels.close();
  }
}

function startRegistrar(options: RegistryOptions): ProcessRunner {
  const { log, logger, snapshots, clock = systemClock } = options;
  const trouble = troubleReport(logger, { event: 'registrar.failed', words: 'the registrar cannot do its work' });
  return startProcessRunner(
    {
      name: 'registrar',
      process: registrarProcess,
      filter: { types: [...deploymentEventTypes, ...rolloutEventTypes, ...nameEventTypes, 'DeploymentStatusChanged', 'ReplicasDesiredChanged'] },
      route: routeToRegistrar,
      perform: (effect, context) => performRegistrarEffect(options, effect, context),
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

function routeToRegistrar(recorded: RecordedEvent): { readonly key: string; readonly input: RegistrarInput } | null {
  const { category, id } = splitStream(recorded.streamId);
  const event = parseEvent(recorded);
  switch (category) {
    case 'deployment':
      return { key: id, input: { from: 'deployment', deploymentId: id, event } as RegistrarInput };
    case 'status':
      return { key: id, input: { from: 'status', event } as RegistrarInput };
    case 'scaling':
      return { key: id, input: { from: 'scaling', deploymentId: id, event } as RegistrarInput };
    case 'rollout':
      return { key: (event as RolloutEvent).deploymentId, input: { from: 'rollout', event } as RegistrarInput };
    case 'name':
      return { key: (event as NameEvent).deploymentId, input: { from: 'name', nameStream: recorded.streamId, event } as RegistrarInput };
    default:
      return null;
  }
}
