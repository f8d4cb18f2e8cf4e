import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { ManualClock, openMemoryEventLog, openSqliteEventLog, type EventLog, type ProcessRunner } from '@slipway/event-log';
import { sqliteReadModels } from '@slipway/event-log/read-models';
import { createLogger, fileSecretStore, graphQLContext, localSchemas, requestContext, toGraphQLError, type SecretStore } from '@slipway/service';
import { graphql, type GraphQLSchema } from 'graphql';
import { ModelFolders } from '../model-folders/model-folders.js';
import type { ProxyAcknowledgements } from '../registry-ports.js';
import { RegistryService } from '../registry.service.js';
import { startInstantFleet } from './instant-fleet.js';
import { fillModelRoot, tempFolder } from './model-root.js';
import { until } from './until.js';

export type Refused = { readonly code: string; readonly message: string; readonly problems: readonly { readonly field: string; readonly problem: string }[] };
export type Caller = { readonly actor?: string; readonly idempotencyKey?: string };
// The answer's shape is the query's.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Answer = any;

/** A registry as it runs in the platform, over a log of its own, with time that passes when the test says so. */
export type RegistryLab = AsyncDisposable & {
  readonly log: EventLog;
  readonly clock: ManualClock;
  readonly secrets: SecretStore;
  readonly folder: string;
  readonly modelRoot: string;
  /** Revisions that never get a replica up. */
  readonly broken: Set<string>;
  /** Every log line so far. */
  readonly lines: readonly string[];
  /** Says which appends fail as if the process had been killed before them. */
  cut(isCut: ((streamId: string) => boolean) | null): void;
  /** The data; throws when there are errors. */
  ask(query: string, variables?: Record<string, unknown>, caller?: Caller): Promise<Answer>;
  /** The one error. */
  refused(query: string, variables?: Record<string, unknown>, caller?: Caller): Promise<Refused>;
  /** How many facts people's requests have made so far; what processes add on their own does not count. */
  written(): Promise<number>;
  /** Waits until the rollout of a deployment is over, and its outcome is in the read models. */
  settled(deploymentId: string): Promise<void>;
  restart(): Promise<void>;
};

export const START_MS = Date.parse('2026-11-20T12:00:00.000Z');

export type RegistryLabOptions = {
  readonly log?: 'memory' | 'sqlite';
  /** False: nobody makes it so. */
  readonly withFleet?: boolean;
  readonly proxies?: ProxyAcknowledgements;
  readonly reservedWaitMs?: number;
};

export async function openRegistryLab({ log: kind = 'memory', withFleet = true, proxies = nobody, reservedWaitMs }: RegistryLabOptions = {}): Promise<RegistryLab> {
  const folder = tempFolder();
  const modelRoot = path.join(folder.path, 'models');
  mkdirSync(modelRoot);
  fillModelRoot(modelRoot);
  const clock = new ManualClock(START_MS);
  const nowMs = (): number => clock.nowMs();
  const whole = kind === 'memory' ? openMemoryEventLog({ nowMs }) : await openSqliteEventLog(path.join(folder.path, 'log.sqlite'), { nowMs });
  let isCut: ((streamId: string) => boolean) | null = null;
  let isResting = false;
  /** Nothing is written any more, and what was under way has come to an end. */
  const rest = async (): Promise<void> => {
    isCut = () => true;
    isResting = true;
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const log = withCuts(whole, (streamId) => isCut?.(streamId) ?? false);
  const lines: string[] = [];
  const logger = createLogger('registry', { level: 'debug', destination: { write: (line: string) => void lines.push(line) } });
  const secrets = fileSecretStore(path.join(folder.path, 'secrets'), Buffer.alloc(32, 7));
  const broken = new Set<string>();
  const fleet: ProcessRunner | null = withFleet ? startInstantFleet(withCuts(whole, () => isResting), clock, broken) : null;

  const ports = { log, secrets, proxies, nowMs, clock, logger, folders: new ModelFolders(modelRoot), tokenKey: Buffer.alloc(32, 9), ...(reservedWaitMs !== undefined && { reservedWaitMs }) };
  const options = { ...ports, endpointBaseUrl: 'http://127.0.0.1:8000', openReadModels: sqliteReadModels(path.join(folder.path, 'registry.sqlite')) };
  let service = await RegistryService.start(options);
  let schema = ownSchema();

  const execute = async (source: string, variableValues: Record<string, unknown> = {}, { actor = 'admin', idempotencyKey }: Caller = {}) => {
    const request = requestContext(actor, (header) => (header === 'idempotency-key' ? (idempotencyKey ?? null) : null));
    const { data, errors = [] } = await graphql({ schema, source, variableValues, contextValue: graphQLContext(request) });
    return { data: data as Answer, errors: errors.map((error) => toGraphQLError(error, request.requestId, logger)) };
  };

  const lab: RegistryLab = {
    log,
    clock,
    secrets,
    modelRoot,
    broken,
    lines,
    folder: folder.path,
    cut: (which) => void (isCut = which),
    async ask(query, variables, caller) {
      const { data, errors } = await execute(query, variables, caller);
      if (errors.length > 0) throw new Error(errors.map((error) => `${String(error.extensions['code'])}: ${error.message}`).join('\n'));
      // Without the null prototypes of graphql-js.
      return JSON.parse(JSON.stringify(data)) as Answer;
    },
    async refused(query, variables, caller) {
      const { data, errors } = await execute(query, variables, caller);
      const [error] = errors;
      if (error === undefined) throw new Error(`not refused: ${JSON.stringify(data)}`);
      return { code: String(error.extensions['code']), message: error.message, problems: (error.extensions['problems'] ?? []) as Refused['problems'] };
    },
    written: async () => (await Array.fromAsync(whole.readAll())).filter(({ metadata: { actor } }) => isPerson(actor)).length,
    async settled(id) {
      await until(`the rollout of ${id} is over`, async () => {
        const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { deployingRevision { id } } }', { id });
        return deployment.deployingRevision === null;
      });
    },
    async restart() {
      const before = isCut;
      await rest();
      await service.close();
      isCut = before;
      isResting = false;
      service = await RegistryService.start(options);
      schema = ownSchema();
    },
    async [Symbol.asyncDispose]() {
      await rest();
      await fleet?.[Symbol.asyncDispose]();
      await service.close();
      await log[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
  return lab;
}

/** The fleet of the lab names nobody; whatever else the platform writes on its own, it writes under a name of its own. */
const isPerson = (actor: string | undefined): boolean => actor !== undefined && actor !== 'registrar' && !actor.startsWith('process/');

/** Another lab may open after this one: each keeps its own. */
function ownSchema(): GraphQLSchema {
  const schema = localSchemas.get('registry');
  if (schema === undefined) throw new Error('the registry is not open');
  return schema;
}

/** No proxy runs, so nobody is waited for. */
const nobody: ProxyAcknowledgements = { waitFor: () => Promise.resolve({ acknowledged: [], missing: [] }) };

function withCuts(log: EventLog, isCut: (streamId: string) => boolean): EventLog {
  return {
    append: (streamId, events, expected) =>
      isCut(streamId) ? Promise.reject(new Error(`cut short before ${streamId}`)) : log.append(streamId, events, expected),
    readStream: (streamId, options) => log.readStream(streamId, options),
    readAll: (options) => log.readAll(options),
    follow: (options) => log.follow(options),
    followStream: (streamId, options) => log.followStream(streamId, options),
    listStreams: (options) => log.listStreams(options),
    findEvent: (streamId, eventId) => log.findEvent(streamId, eventId),
    head: () => log.head(),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
}
