import { parseEventAs, serializeEvent, streams, type SlipwayEvent } from '@slipway/contracts';
import { deployment, NO_ENGINE, NO_GAUGES, NO_LATENCIES, replica, type DeploymentCommand, type DeploymentEvent, type ReplicaCommand, type ReplicaEvent, type TrafficReport } from '@slipway/domain';
import { handleCommand, openMemoryEventLog, type EventLog } from '@slipway/event-log';
import { createMemorySignals, tellEngines, type Signals } from '@slipway/messaging';
import { createLogger, graphQLContext, localSchemas, requestContext, toGraphQLError } from '@slipway/service';
import { graphql } from 'graphql';
import { randomUUID } from 'node:crypto';
import { AutoscalerService } from '../autoscaler.service.js';

// The answer's shape is the query's.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Answer = any;
type Row = TrafficReport['rows'][number];

const aggregates = {
  deployment: { decider: deployment, parse: parseEventAs<DeploymentEvent>(), serialize: serializeEvent },
  replica: { decider: replica, parse: parseEventAs<ReplicaEvent>(), serialize: serializeEvent },
};
/** Time passes only when it is told to; rules are evaluated only when they are asked to. */
const START_MS = 1_800_000_000_000;
const NEVER_MS = 3_600_000;

/** An autoscaler over a log and signals in memory, and the other sides of both. */
export class AutoscalerLab implements AsyncDisposable {
  nowMs = START_MS;
  #sequence = 0;
  readonly #running: AutoscalerService[] = [];
  readonly log: EventLog = openMemoryEventLog({ nowMs: () => this.nowMs });
  readonly signals: Signals = createMemorySignals();

  static async open(instances = 1): Promise<AutoscalerLab> {
    const lab = new AutoscalerLab();
    await lab.#start(instances);
    for (const { evaluation } of lab.#running) await evaluation.started;
    return lab;
  }

  /** Every instance anew; none is waited for. */
  async restart(): Promise<void> {
    const instances = this.#running.length;
    for (const service of this.#running.splice(0)) await service.close();
    await this.#start(instances);
  }

  async create(deploymentId: string, desiredReplicaCount = 1): Promise<void> {
    const identity = { deploymentId, name: deploymentId, domain: 'default', project: 'default', createdBy: 'test' };
    const strategy = { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } } as const;
    const settings = { openToPublic: false, preferredDomainName: null, tags: [], strategy, desiredReplicaCount };
    const initialRevision = { revisionId: 'r1', contentHash: 'a'.repeat(64), activationId: randomUUID() };
    await this.command(deploymentId, { type: 'CreateDeployment', ...identity, ...settings, initialRevision, atMs: this.nowMs });
    await this.routes(deploymentId, { r1: 100 });
  }

  async command(deploymentId: string, command: DeploymentCommand): Promise<void> {
    await handleCommand(this.log, aggregates.deployment, streams.deployment(deploymentId), command, { commandId: randomUUID(), actor: 'test' });
  }

  routes(deploymentId: string, weights: Readonly<Record<string, number>>): Promise<void> {
    const shares = Object.entries(weights).map(([revisionId, weightPercent]) => ({ revisionId, weightPercent }));
    return this.write(streams.status(deploymentId), { type: 'RoutingChanged', weights: shares, mirror: null, atMs: this.nowMs });
  }

  async write(streamId: string, event: SlipwayEvent): Promise<void> {
    await this.log.append(streamId, [{ ...serializeEvent(event), id: randomUUID(), metadata: { actor: 'test' } }], 'any');
  }

  async replica(replicaId: string, command: ReplicaCommand): Promise<void> {
    await handleCommand(this.log, aggregates.replica, streams.replica(replicaId), command, { commandId: randomUUID(), actor: 'test' });
  }

  /** Asked for and launched, and ready unless it is to be on its way. */
  async launch(deploymentId: string, replicaId: string, { revisionId = 'r1', ready = true } = {}): Promise<void> {
    const atMs = this.nowMs;
    await this.replica(replicaId, { type: 'RequestReplica', replicaId, deploymentId, revisionId, name: replicaId, ordinal: 0, atMs });
    await this.replica(replicaId, { type: 'RecordLaunch', attempt: 1, endpoint: 'http://127.0.0.1:1', handle: 'pid:1', atMs });
    if (ready) await this.replica(replicaId, { type: 'RecordReady', attempt: 1, atMs });
  }

  /** A proxy's next report: requests in flight, by replica. */
  async inFlight(deploymentId: string, byReplica: Readonly<Record<string, number>>, revisionId = 'r1'): Promise<void> {
    this.#sequence += 1;
    const rows = Object.entries(byReplica).map(([replicaId, inFlight]): Row => ({
      ...{ deploymentId, revisionId, replicaId, kind: 'served', successes: this.#sequence, failures: 0, excluded: 0, failuresInARow: 0, promptTokens: null, completionTokens: null },
      ...{ latency: [...NO_LATENCIES], timeToFirstToken: [...NO_LATENCIES], timePerOutputToken: [...NO_LATENCIES], inFlight },
    }));
    this.signals.publish('proxy.traffic', { proxyId: 'p', instanceId: 'i', sequence: this.#sequence, sentAtMs: this.nowMs, rows } as never);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The metrics service's next round: requests that wait in an engine. */
  async engineWaits(replicaId: string, requestsWaiting: number): Promise<void> {
    tellEngines(this.signals, [{ replicaId, point: { ...NO_ENGINE, gauges: { ...NO_GAUGES, requestsWaiting } } }]);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Everything recorded so far is known everywhere; then so much time passes, and every instance evaluates. */
  async evaluate(afterMs = 1_000): Promise<void> {
    const head = await this.log.head();
    for (const { known, evaluation } of this.#running) {
      await known.waitFor(head, NEVER_MS);
      await evaluation.started;
    }
    this.nowMs += afterMs;
    await Promise.all(this.#running.flatMap(({ evaluator }) => evaluator?.tick() ?? []));
    const after = await this.log.head();
    for (const { known } of this.#running) await known.waitFor(after, NEVER_MS);
  }

  async facts(streamId: string): Promise<readonly SlipwayEvent[]> {
    const read = await this.log.readStream(streamId);
    if ('notFound' in read) return [];
    const facts: SlipwayEvent[] = [];
    for await (const recorded of read.found) facts.push(parseEventAs<SlipwayEvent>()(recorded));
    return facts;
  }

  async ask(source: string, variableValues: Record<string, unknown> = {}, key: string | null = null): Promise<Answer> {
    const { data, errors } = await this.#execute(source, variableValues, key);
    if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
    return JSON.parse(JSON.stringify(data)) as Answer;
  }

  async refused(source: string, variableValues: Record<string, unknown> = {}): Promise<{ readonly code: string; readonly message: string }> {
    const [error] = (await this.#execute(source, variableValues, null)).errors;
    if (error === undefined) throw new Error('not refused');
    return { code: String(error.extensions['code']), message: error.message };
  }

  /** This service's part of something, as the gateway asks for it. */
  async entity(type: 'ModelDeployment' | 'ReplicaManagement', id: string, fields: string, instant = 'now'): Promise<Answer> {
    const source = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${type} { ${fields} } } }`;
    const { _entities } = await this.ask(source, { r: [{ __typename: type, id, instant }] });
    return _entities[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const service of this.#running) await service.close();
    await this.signals.close();
    await this.log[Symbol.asyncDispose]();
  }

  async #start(instances: number): Promise<void> {
    for (let instance = 0; instance < instances; instance += 1) {
      const logger = createLogger('autoscaler', { level: 'silent' });
      this.#running.push(await AutoscalerService.start({ log: this.log, signals: this.signals, logger, nowMs: () => this.nowMs, scaleIntervalMs: NEVER_MS }));
    }
  }

  async #execute(source: string, variableValues: Record<string, unknown>, key: string | null) {
    const schema = localSchemas.get('autoscaler');
    if (schema === undefined) throw new Error('the service is not running');
    const contextValue = graphQLContext(requestContext('admin', (name) => (name === 'idempotency-key' ? key : null)));
    const { data, errors = [] } = await graphql({ schema, source, variableValues, contextValue });
    return { data: data as Answer, errors: errors.map((error) => toGraphQLError(error, 'test', createLogger('test', { level: 'silent' }))) };
  }
}
