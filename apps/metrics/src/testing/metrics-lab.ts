import { parseEventAs, serializeEvent, streams } from '@slipway/contracts';
import { deployment, NO_LATENCIES, replica, type DeploymentCommand, type DeploymentEvent, type DeploymentStrategy, type ReplicaCommand, type ReplicaEvent, type TrafficReport } from '@slipway/domain';
import { handleCommand, openMemoryEventLog, type EventLog } from '@slipway/event-log';
import { createMemorySignals, type Signals } from '@slipway/messaging';
import { createLogger, graphQLContext, localSchemas, requestContext, toGraphQLError } from '@slipway/service';
import { graphql, parse, subscribe, type ExecutionResult } from 'graphql';
import { randomUUID } from 'node:crypto';
import { MetricsService } from '../metrics.service.js';

// The answer's shape is the query's.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Answer = any;
type Row = TrafficReport['rows'][number];

/** Engines are read when a test says so, however long a busy machine takes over it. */
const NEVER_MS = 3_600_000;

const aggregates = {
  deployment: { decider: deployment, parse: parseEventAs<DeploymentEvent>(), serialize: serializeEvent },
  replica: { decider: replica, parse: parseEventAs<ReplicaEvent>(), serialize: serializeEvent },
};

export const replicaKeyOf = (replicaId: string): string => `key-of-${replicaId}`;

/** A metrics service over a log and signals in memory, and the other sides of both. */
export class MetricsLab implements AsyncDisposable {
  #sequence = 0;
  readonly lines: string[] = [];

  private constructor(
    readonly log: EventLog,
    readonly signals: Signals,
    private running: MetricsService | null = null,
  ) {}

  static async open(): Promise<MetricsLab> {
    const lab = new MetricsLab(openMemoryEventLog({ nowMs: Date.now }), createMemorySignals());
    const logger = createLogger('metrics', { destination: { write: (line: string) => void lab.lines.push(line) } });
    lab.running = await MetricsService.start({ log: lab.log, signals: lab.signals, replicaKey: replicaKeyOf, logger, nowMs: Date.now, scrapeIntervalMs: NEVER_MS, pageTimeoutMs: NEVER_MS });
    return lab;
  }

  get service(): MetricsService {
    if (this.running === null) throw new Error('the service is not running');
    return this.running;
  }

  async command(deploymentId: string, command: DeploymentCommand): Promise<void> {
    await handleCommand(this.log, aggregates.deployment, streams.deployment(deploymentId), command, { commandId: randomUUID(), actor: 'test' });
  }

  async create(deploymentId: string): Promise<void> {
    const identity = { deploymentId, name: deploymentId, domain: 'default', project: 'default', createdBy: 'test' };
    const strategy: DeploymentStrategy = { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } };
    const settings = { openToPublic: false, preferredDomainName: null, tags: [], strategy, desiredReplicaCount: 1 };
    const initialRevision = { revisionId: 'r1', contentHash: 'a'.repeat(64), activationId: randomUUID() };
    await this.command(deploymentId, { type: 'CreateDeployment', ...identity, ...settings, initialRevision, atMs: Date.now() });
  }

  async replica(replicaId: string, command: ReplicaCommand): Promise<void> {
    await handleCommand(this.log, aggregates.replica, streams.replica(replicaId), command, { commandId: randomUUID(), actor: 'test' });
  }

  /** A replica that runs at this address. */
  async launch(deploymentId: string, revisionId: string, replicaId: string, endpoint: string, handle: string): Promise<void> {
    const atMs = Date.now() - 60_000;
    await this.replica(replicaId, { type: 'RequestReplica', replicaId, deploymentId, revisionId, name: `${deploymentId}-0`, ordinal: 0, atMs });
    await this.replica(replicaId, { type: 'RecordLaunch', attempt: 1, endpoint, handle, atMs });
    await this.replica(replicaId, { type: 'RecordReady', attempt: 1, atMs });
  }

  /** A proxy's next report. */
  report(rows: readonly (Pick<Row, 'deploymentId' | 'revisionId' | 'replicaId'> & Partial<Row>)[]): void {
    this.#sequence += 1;
    const whole = rows.map((row) => ({
      ...{ kind: 'served', successes: 0, failures: 0, excluded: 0, failuresInARow: 0, promptTokens: null, completionTokens: null, inFlight: 0 },
      ...{ latency: [...NO_LATENCIES], timeToFirstToken: [...NO_LATENCIES], timePerOutputToken: [...NO_LATENCIES] },
      ...row,
    }));
    this.signals.publish('proxy.traffic', { proxyId: 'p', instanceId: 'i', sequence: this.#sequence, sentAtMs: Date.now(), rows: whole } as never);
  }

  async ask(source: string, variableValues: Record<string, unknown> = {}): Promise<Answer> {
    const { data, errors } = await this.#execute(source, variableValues);
    if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
    return JSON.parse(JSON.stringify(data)) as Answer;
  }

  async refused(source: string, variableValues: Record<string, unknown> = {}): Promise<{ readonly code: string; readonly message: string }> {
    const [error] = (await this.#execute(source, variableValues)).errors;
    if (error === undefined) throw new Error('not refused');
    return { code: String(error.extensions['code']), message: error.message };
  }

  async subscribe(source: string, variableValues: Record<string, unknown> = {}): Promise<AsyncIterableIterator<ExecutionResult<Answer>>> {
    const outcome = await subscribe({ schema: this.#schema(), document: parse(source), variableValues, contextValue: context() });
    if (!(Symbol.asyncIterator in outcome)) throw new Error(JSON.stringify(outcome.errors));
    return outcome as AsyncIterableIterator<ExecutionResult<Answer>>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running?.close();
    await this.signals.close();
    await this.log[Symbol.asyncDispose]();
  }

  async #execute(source: string, variableValues: Record<string, unknown>) {
    const { data, errors = [] } = await graphql({ schema: this.#schema(), source, variableValues, contextValue: context() });
    return { data: data as Answer, errors: errors.map((error) => toGraphQLError(error, 'test', createLogger('test', { level: 'silent' }))) };
  }

  #schema() {
    const schema = localSchemas.get('metrics');
    if (schema === undefined) throw new Error('the service is not running');
    return schema;
  }
}

const context = () => graphQLContext(requestContext('admin', () => null));
