import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TrafficTotals, type HealthCheck } from '@slipway/domain';
import { ManualClock, openMemoryEventLog, type EventLog } from '@slipway/event-log';
import { sqliteReadModels } from '@slipway/event-log/read-models';
import type { Leases } from '@slipway/leases';
import { ProxyFleet } from '@slipway/messaging';
import { createMemoryReplicaRuntime, type MemoryEngines, type ReplicaRuntime } from '@slipway/runtimes';
import { createLogger, graphQLContext, localSchemas, requestContext, toGraphQLError } from '@slipway/service';
import { graphql, parse, subscribe, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { OrchestratorService } from '../orchestrator.service.js';
import type { ReplicaPorts } from '../replicas/replica-ports.js';
import { openEngineHealth, type EngineHealth } from './engine-health.js';
import { Generation } from './generation.js';
import { openRegistryByHand, type RegistryByHand } from './registry-by-hand.js';
import { until } from './until.js';

// The answer's shape is the query's.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Answer = any;

export type Seen = {
  readonly status: string;
  readonly statusReason: string;
  readonly traffic: readonly { readonly revision: { readonly id: string }; readonly weightPercent: number }[];
  readonly rollout: { readonly id: string; readonly status: string; readonly reason: string | null } | null;
  readonly replicaManagement: {
    readonly desiredReplicaCount: number;
    readonly readyReplicaCount: number;
    readonly replicas: readonly {
      readonly id: string;
      readonly name: string;
      readonly status: string;
      readonly attempt: number;
      readonly errorData: string | null;
      readonly revision: { readonly id: string };
    }[];
  };
};

/** An orchestrator as it runs in the platform, with engines in memory whose health is asked over real HTTP. */
export type OrchestratorLab = AsyncDisposable & {
  readonly log: EventLog;
  readonly runtime: ReplicaRuntime & { readonly engines: MemoryEngines };
  readonly health: EngineHealth;
  readonly registry: RegistryByHand;
  readonly proxies: ProxyFleet;
  /** What the analyses see: tests say what was served. */
  readonly served: TrafficTotals;
  /** Of the fleets' timers: it stands still until it is told to advance. */
  readonly clock: ManualClock;
  readonly lines: readonly string[];
  /** The life under way. */
  readonly generation: Generation;
  /** Lets the wall clock of everything but the fleets' timers jump ahead. */
  jump(byMs: number): void;
  /** A report of proxy `p1`; by default it has come to the log's end and has nothing running. */
  report(inFlightByReplica?: Readonly<Record<string, number>>, position?: number): Promise<void>;
  /** While true, proxy `p1` reports at once whatever is appended. */
  proxyFollows: boolean;
  ask(query: string, variables?: Record<string, unknown>): Promise<Answer>;
  refused(query: string, variables?: Record<string, unknown>): Promise<{ readonly code: string; readonly message: string }>;
  subscribe(query: string, variables?: Record<string, unknown>): Promise<AsyncIterableIterator<ExecutionResult<Answer>>>;
  look(deploymentId: string, instant?: string): Promise<Seen>;
  /** Waits until the deployment is at rest: in this status, with this many replicas running and nothing else. */
  atRest(deploymentId: string, status: string, running: number): Promise<Seen>;
  events(type: string): Promise<readonly Answer[]>;
  /** Ids of the facts that requests of people made, in the log's order: what the platform adds on its own comes in its own time. */
  askedFor(): Promise<readonly string[]>;
  /** Ends this life as a crash would, and begins another over the same log and the same engines. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
};

/** Looks often, and forgives what a busy machine does to answers and to tests that look on. */
const FAST_CHECK: Omit<HealthCheck, 'path'> = { intervalMs: 10, retriesMax: 3, timeoutMs: 10_000, expectedStatus: 200, initialDelayMs: 2_000 };

/** Who asks. */
const PERSON = 'admin';

export type OrchestratorLabOptions = { readonly planLaunch?: (log: EventLog) => ReplicaPorts['planLaunch']; readonly check?: Partial<HealthCheck>; readonly leases?: Leases };

export async function openOrchestratorLab({ planLaunch, check = {}, leases }: OrchestratorLabOptions = {}): Promise<OrchestratorLab> {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-orchestrator-'));
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  const log = openMemoryEventLog({ nowMs });
  const health = await openEngineHealth();
  const runtime = createMemoryReplicaRuntime({ nowMs, placementOf: (replicaId) => ({ host: '127.0.0.1', port: health.port, runFolder: `/run/${replicaId}` }) });
  const others = new Generation();
  const registry = openRegistryByHand(others.log(log), nowMs);
  const proxies = new ProxyFleet(nowMs);
  const served = new TrafficTotals();
  const clock = new ManualClock(Date.now());
  const lines: string[] = [];
  const logger = createLogger('orchestrator', { level: 'debug', destination: { write: (line: string) => void lines.push(line) } });
  const plan = planLaunch?.(log) ?? planByHealth(check);
  let service: OrchestratorService | null = null;
  let schema: GraphQLSchema | undefined;

  const context = () => graphQLContext(requestContext(PERSON, () => null));
  const execute = async (source: string, variableValues: Record<string, unknown> = {}) => {
    if (schema === undefined) throw new Error('the orchestrator is not running');
    const { data, errors = [] } = await graphql({ schema, source, variableValues, contextValue: context() });
    return { data: data as Answer, errors: errors.map((error) => toGraphQLError(error, 'test', logger)) };
  };

  const lab: OrchestratorLab = {
    log,
    runtime,
    health,
    registry,
    proxies,
    served,
    clock,
    lines,
    generation: new Generation(),
    proxyFollows: true,
    jump: (byMs) => void (aheadMs += byMs),
    async report(inFlightByReplica = {}, position) {
      proxies.take({ proxyId: 'p1', position: position ?? (await log.head()), inFlightByReplica });
    },
    async ask(query, variables) {
      const { data, errors } = await execute(query, variables);
      if (errors.length > 0) throw new Error(errors.map((error) => `${String(error.extensions['code'])}: ${error.message}`).join('\n'));
      return JSON.parse(JSON.stringify(data)) as Answer;
    },
    async refused(query, variables) {
      const [error] = (await execute(query, variables)).errors;
      if (error === undefined) throw new Error('not refused');
      return { code: String(error.extensions['code']), message: error.message };
    },
    async subscribe(query, variableValues = {}) {
      if (schema === undefined) throw new Error('the orchestrator is not running');
      const outcome = await subscribe({ schema, document: parse(query), variableValues, contextValue: context() });
      if (!(Symbol.asyncIterator in outcome)) throw new Error(JSON.stringify(outcome.errors));
      return outcome as AsyncIterableIterator<ExecutionResult<Answer>>;
    },
    async look(id, instant = 'now') {
      const representations = [{ __typename: 'ModelDeployment', id, instant }];
      return (await lab.ask(LOOK, { representations }))._entities[0] as Seen;
    },
    async atRest(id, status, running) {
      let seen: Seen | null = null;
      const rests = async (): Promise<Seen | null> => {
        seen = await lab.look(id);
        const { replicas } = seen.replicaManagement;
        const isWalking = seen.rollout?.status === 'RUNNING' || seen.rollout?.status === 'ROLLING_BACK';
        return seen.status === status && !isWalking && replicas.length === running && replicas.every((replica) => replica.status === 'RUNNING') ? seen : null;
      };
      return until(`${status} with ${running} replicas`, rests).catch((error: Error) => {
        throw new Error(`${error.message}; seen last: ${JSON.stringify(seen)}\n${lines.filter((line) => line.includes('"level":5')).slice(-5).join('')}`);
      });
    },
    events: async (type) => (await Array.fromAsync(log.readAll({ filter: { types: [type] } }))).map(({ data, streamId, position }) => ({ ...(data as object), streamId, position })),
    askedFor: async () => (await Array.fromAsync(log.readAll())).filter(({ metadata }) => metadata.actor === PERSON).map(({ id }) => id),
    async kill() {
      await lab.close();
      await lab.start();
    },
    async start() {
      const generation = new Generation();
      Object.assign(lab, { generation });
      const ports = { log: generation.log(log), planLaunch: plan, drains: proxies, served, nowMs, logger };
      const openRuntime = () => Promise.resolve(generation.runtime(runtime));
      service = await OrchestratorService.start({ ...ports, openRuntime, clock, ...(leases && { leases }), openReadModels: sqliteReadModels(path.join(folder, 'orchestrator.sqlite')) });
      await service.fleets.started;
      schema = localSchemas.get('orchestrator');
    },
    async close() {
      await lab.generation.end();
      await service?.close();
      service = null;
      schema = undefined;
    },
    async [Symbol.asyncDispose]() {
      await lab.close();
      await others.end();
      await registry[Symbol.asyncDispose]();
      following.abort();
      await log[Symbol.asyncDispose]();
      await health[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const following = new AbortController();
  void followAsProxy(lab, following.signal);
  await lab.report();
  await lab.start();
  return lab;
}

const LOOK = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on ModelDeployment {
  status statusReason traffic { revision { id } weightPercent } rollout { id status reason }
  replicaManagement { desiredReplicaCount readyReplicaCount replicas { id name status attempt errorData revision { id } } } } } }`;

function planByHealth(check: Partial<HealthCheck>): ReplicaPorts['planLaunch'] {
  const command = { argv: ['engine'], environ: {}, secretEnviron: [] };
  return async (_deploymentId, _revisionId, replicaId) => ({
    healthCheck: { ...FAST_CHECK, ...check, path: `/health/${replicaId}` },
    runtimeVariant: 'mock',
    secrets: () => Promise.resolve([]),
    command: () => Promise.resolve({ type: 'command', command, warnings: [] }),
  });
}

async function followAsProxy(lab: OrchestratorLab, signal: AbortSignal): Promise<void> {
  for await (const message of lab.log.follow({ after: 0, signal })) if ('event' in message && lab.proxyFollows) await lab.report();
}
