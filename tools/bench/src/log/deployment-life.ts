import { streams, type SlipwayEvent } from '@slipway/contracts';
import {
  access,
  deployment,
  deploymentStatus,
  replica,
  revision,
  PROGRESS_DEADLINE_MS,
  rollingPlan,
  rollout,
  VARIANT_PROFILES,
  type Decider,
  type DeploymentCommand,
  type ReplicaCommand,
  type RevisionSpec,
} from '@slipway/domain';

export type LivedEvent = { readonly streamId: string; readonly event: SlipwayEvent };

const REPLICAS = 3;
const ACTIVATIONS = 4;
const SECOND_MS = 1_000;

/**
 * What the log gets to hold of one deployment that is created, changed a few times by rolling updates, loses replicas and
 * is deleted: real commands through the real deciders, so that the events are those of a real log, in a real order.
 */
export class DeploymentLife {
  readonly events: LivedEvent[] = [];
  readonly #id: string;
  readonly #key: number;
  readonly #states = new Map<string, unknown>();
  #atMs = Date.UTC(2026, 0, 1);
  #ids = 0;

  /** Two lives with different keys share no stream. */
  constructor(key: number) {
    this.#key = key;
    this.#id = this.#newId();
  }

  static of(key: number): readonly LivedEvent[] {
    const life = new DeploymentLife(key);
    life.#create();
    let replicas = life.#serveFirst();
    for (let number = 2; number <= ACTIVATIONS; number++) replicas = life.#update(replicas);
    life.#delete(replicas);
    return life.events;
  }

  /** One that is created and soon deleted, before anything of it runs. */
  static brief(key: number): readonly LivedEvent[] {
    const life = new DeploymentLife(key);
    life.#create();
    life.#delete([]);
    return life.events;
  }

  #active = '';
  #firstActivation = '';

  #create(): void {
    const revisionId = this.#revision();
    this.#active = revisionId;
    this.#firstActivation = this.#newId();
    this.#deployment({
      type: 'CreateDeployment',
      deploymentId: this.#id,
      name: `model-${this.#key}`,
      domain: 'default',
      project: 'research',
      createdBy: 'admin',
      openToPublic: false,
      preferredDomainName: null,
      tags: ['llm', 'chat'],
      strategy: { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } },
      desiredReplicaCount: REPLICAS,
      initialRevision: { revisionId, contentHash: hashOf(revisionId), activationId: this.#firstActivation },
      atMs: this.#now(),
    });
    this.#status('PROVISIONING', 'created');
    for (const prefix of ['sk-slip-1a2b', 'sk-slip-3c4d']) {
      const tokenId = this.#newId();
      const token = { tokenId, deploymentId: this.#id, name: 'ci', hash: hashOf(tokenId), prefix, createdBy: 'admin', expiresAtMs: null, mayPinRevisions: false };
      this.#tell(access, streams.access(this.#id), { type: 'CreateAccessToken', ...token, atMs: this.#now() });
    }
  }

  #serveFirst(): readonly string[] {
    const replicas = Array.from({ length: REPLICAS }, (_, ordinal) => this.#launch(this.#active, ordinal));
    this.#route([{ revisionId: this.#active, weightPercent: 100 }]);
    this.#confirm(this.#firstActivation);
    this.#status('ACTIVE', 'promoted');
    return replicas;
  }

  /** A rolling update to a new revision; one of the old replicas crashes on the way. */
  #update(old: readonly string[]): readonly string[] {
    const [revisionId, activationId, rolloutId, previousRevisionId] = [this.#revision(), this.#newId(), this.#newId(), this.#active];
    this.#deployment({ type: 'RegisterRevision', revisionId, contentHash: hashOf(revisionId), atMs: this.#now() });
    this.#deployment({ type: 'ChangeDeployment', activation: { activationId, revisionId, cause: { kind: 'activate' } }, settings: { tags: ['llm', `v${this.#ids}`] }, atMs: this.#now() });
    this.#status('UPDATING', 'rollout');
    const plan = rollingPlan({ desired: REPLICAS, target: 0, rest: old.length, weightPercent: 0 }, { surge: 1, unavailable: 0 });
    const start = { rolloutId, deploymentId: this.#id, activationId, targetRevisionId: revisionId, previousRevisionId, strategy: 'ROLLING' as const, sideBySide: false, desired: REPLICAS, surge: 1, unavailable: 0, progressDeadlineMs: PROGRESS_DEADLINE_MS, plan };
    this.#tell(rollout, streams.rollout(rolloutId), { type: 'StartRollout', ...start, atMs: this.#now() });
    const leaving = [...old];
    const arrived: string[] = [];
    if (leaving[0] !== undefined) this.#crash(leaving[0]);
    for (const [step, { type, ...counts }] of plan.entries()) {
      if (type === 'launch' && 'count' in counts) while (arrived.length < counts.count) arrived.push(this.#launch(revisionId, arrived.length));
      if (type === 'drain' && 'remaining' in counts) for (const gone of leaving.splice(counts.remaining)) this.#drain(gone);
      if (type === 'setWeight' && 'weightPercent' in counts) this.#shift(previousRevisionId, revisionId, counts.weightPercent);
      this.#tell(rollout, streams.rollout(rolloutId), { type: 'CompleteStep', direction: 'forward', step, atMs: this.#now() });
    }
    this.#confirm(activationId);
    this.#status('ACTIVE', 'promoted');
    this.#active = revisionId;
    return arrived;
  }

  #delete(replicas: readonly string[]): void {
    this.#deployment({ type: 'DeleteDeployment', atMs: this.#now() });
    this.#status('DESTROYING', 'deletion requested');
    for (const gone of replicas) this.#drain(gone);
    this.#route([]);
    this.#deployment({ type: 'ConfirmDeletion', atMs: this.#now() });
    this.#status('DESTROYED', 'deleted');
  }

  #revision(): string {
    const revisionId = this.#newId();
    const about = { revisionId, deploymentId: this.#id, name: null, tags: [], spec: SPEC, contentHash: hashOf(revisionId), warnings: [], createdBy: 'admin' };
    this.#tell(revision, streams.revision(revisionId), { type: 'CreateRevision', ...about, atMs: this.#now() });
    return revisionId;
  }

  #launch(revisionId: string, ordinal: number): string {
    const replicaId = this.#newId();
    const requested = { replicaId, deploymentId: this.#id, revisionId, name: `model-${this.#key}-${ordinal}`, ordinal };
    this.#replica(replicaId, { type: 'RequestReplica', ...requested, atMs: this.#now() });
    this.#start(replicaId, 1);
    return replicaId;
  }

  #start(replicaId: string, attempt: number): void {
    this.#replica(replicaId, { type: 'RecordLaunch', attempt, endpoint: 'http://127.0.0.1:41001', handle: '4711', atMs: this.#now() });
    this.#replica(replicaId, { type: 'RecordReady', attempt, atMs: this.#now() });
  }

  #crash(replicaId: string): void {
    this.#replica(replicaId, { type: 'RecordUnready', attempt: 1, reason: 'health check failed', atMs: this.#now() });
    const lastLines = ['loading weights', 'ggml_abort: out of memory'];
    this.#replica(replicaId, { type: 'RecordExit', attempt: 1, exitCode: 1, signal: null, lastLines, atMs: this.#now() });
    this.#start(replicaId, 2);
  }

  #drain(replicaId: string): void {
    this.#replica(replicaId, { type: 'DrainReplica', reason: 'rollout', limitMs: 120_000, atMs: this.#now() });
    this.#replica(replicaId, { type: 'RecordDrained', forced: false, inFlight: 0, atMs: this.#now() });
    this.#replica(replicaId, { type: 'RecordStopped', atMs: this.#now() });
  }

  #shift(from: string, to: string, weightPercent: number): void {
    const rest = weightPercent === 100 ? [] : [{ revisionId: from, weightPercent: 100 - weightPercent }];
    this.#route([...rest, { revisionId: to, weightPercent }]);
  }

  #route(weights: readonly { readonly revisionId: string; readonly weightPercent: number }[]): void {
    this.#tell(deploymentStatus, streams.status(this.#id), { type: 'ChangeRouting', weights, mirror: null, atMs: this.#now() });
  }

  #confirm(activationId: string): void {
    this.#deployment({ type: 'ConfirmActivation', activationId, configurationHash: hashOf(activationId), atMs: this.#now() });
  }

  #status(to: 'PROVISIONING' | 'ACTIVE' | 'UPDATING' | 'DESTROYING' | 'DESTROYED', reason: string): void {
    this.#tell(deploymentStatus, streams.status(this.#id), { type: 'ChangeStatus', to, reason, atMs: this.#now() });
  }

  #deployment(command: DeploymentCommand): void {
    this.#tell(deployment, streams.deployment(this.#id), command);
  }

  #replica(replicaId: string, command: ReplicaCommand): void {
    this.#tell(replica, streams.replica(replicaId), command);
  }

  #tell<State, Command, Event extends SlipwayEvent, Rejection>(decider: Decider<State, Command, Event, Rejection>, streamId: string, command: Command): void {
    let state = (this.#states.get(streamId) as State | undefined) ?? decider.initialState;
    const decision = decider.decide(command, state);
    if ('rejected' in decision) throw new Error(`a life that cannot be: ${JSON.stringify({ command, rejected: decision.rejected })}`);
    for (const event of decision.accepted) {
      state = decider.evolve(state, event);
      this.events.push({ streamId, event });
    }
    this.#states.set(streamId, state);
  }

  #now(): number {
    return (this.#atMs += SECOND_MS);
  }

  #newId(): string {
    return `${this.#key.toString(16).padStart(8, '0')}-0000-7000-8000-${(this.#ids++).toString(16).padStart(12, '0')}`;
  }
}

const hashOf = (id: string): string => id.replaceAll('-', '').repeat(2);

const SPEC: RevisionSpec = {
  clusterConfig: { mode: 'SINGLE_NODE', size: 1 },
  image: { name: 'slipway-engine', architecture: 'x64' },
  modelRuntimeConfig: {
    runtimeVariant: 'llama.cpp',
    serviceConfig: { maxModelLength: 4_096, extraCliParameters: '--threads 1' },
    environ: { LOG_LEVEL: 'info' },
    profile: VARIANT_PROFILES['llama.cpp'],
  },
  modelVFolderConfig: {
    vfolderId: 'eeb8c377-15d2-4a16-8ed8-01215f3a5353',
    vfolderName: 'tiny',
    mountDestination: '/models',
    definitionPath: 'model-definition.yaml',
  },
  modelDefinition: null,
  mounts: [],
  resourceConfig: {
    resourceGroup: 'default',
    slots: { cpu: 1, mem: { text: '256Mi', bytes: 268_435_456 }, extra: null },
    opts: null,
  },
};
