import { parseEventAs, replicaEventTypes, scalingEventTypes, splitStream } from '@slipway/contracts';
import { applyToReplica, scaling, type DeploymentEvent, type ReplicaEvent, type ReplicaRow, type RolloutEvent, type ScalingEvent, type ScalingState, type StatusEvent } from '@slipway/domain';
import { LogFollower, type EventLogReader, type RecordedEvent } from '@slipway/event-log';

type Fact<E extends { readonly type: string }, T extends E['type']> = Extract<E, { readonly type: T }>;
type DeploymentFact = Fact<DeploymentEvent, 'DeploymentCreated' | 'ReplicasDesired' | 'DeploymentDeletionRequested' | 'DeploymentDeleted'>;
type RolloutFact = Fact<RolloutEvent, 'RolloutStarted' | 'RolloutCompleted' | 'RolloutRolledBack' | 'RolloutFailed' | 'RolloutSuperseded'>;
type RoutingFact = Fact<StatusEvent, 'RoutingChanged'>;
type KnownFact = DeploymentFact | RolloutFact | RoutingFact | ReplicaEvent | ScalingEvent;

const DEPLOYMENT_TYPES = ['DeploymentCreated', 'ReplicasDesired', 'DeploymentDeletionRequested', 'DeploymentDeleted'] satisfies DeploymentFact['type'][];
const ROLLOUT_TYPES = ['RolloutStarted', 'RolloutCompleted', 'RolloutRolledBack', 'RolloutFailed', 'RolloutSuperseded'] satisfies RolloutFact['type'][];
const TYPES: readonly string[] = [...DEPLOYMENT_TYPES, ...ROLLOUT_TYPES, 'RoutingChanged', ...replicaEventTypes, ...scalingEventTypes];

const parse = parseEventAs<KnownFact>();

/** What rules are evaluated with, of one deployment. */
export type KnownDeployment = {
  readonly deploymentId: string;
  /** Being deleted counts as gone. */
  readonly isGone: boolean;
  readonly desired: number;
  readonly scaling: ScalingState;
  /** A rollout has started and not ended. */
  readonly duringRollout: boolean;
  /** By revision; those without are sent no requests. */
  readonly weights: ReadonlyMap<string, number>;
  /** All that are not over. */
  readonly replicas: ReadonlyMap<string, ReplicaRow>;
};

type Mutable = { -readonly [K in keyof KnownDeployment]: KnownDeployment[K] } & { replicas: Map<string, ReplicaRow>; readonly rollouts: Set<string> };

export type KnownDeploymentsPorts = { readonly log: EventLogReader; readonly onFailure: (error: unknown) => void };

/** Every deployment's rules and what they are evaluated with, in memory, followed in the log. */
export class KnownDeployments {
  readonly #deployments = new Map<string, Mutable>();
  readonly #follower: LogFollower;

  constructor({ log, onFailure }: KnownDeploymentsPorts) {
    this.#follower = new LogFollower({ log, filter: { types: TYPES }, take: (recorded) => this.#take(recorded), onFailure });
  }

  /** Settles when everything the log held at the start is known. */
  get caughtUp(): Promise<void> {
    return this.#follower.caughtUp;
  }

  get position(): number {
    return this.#follower.position;
  }

  waitFor(position: number, timeoutMs: number): Promise<boolean> {
    return this.#follower.waitFor(position, timeoutMs);
  }

  /** Null: there never was one, or nothing of it has come here yet. Waits until what the log held at the start is known. */
  async find(deploymentId: string): Promise<KnownDeployment | null> {
    await this.caughtUp;
    return this.#deployments.get(deploymentId) ?? null;
  }

  /** Those whose rules can change anything. */
  ruled(): readonly KnownDeployment[] {
    return [...this.#deployments.values()].filter((one) => !one.isGone && one.scaling.rules.length > 0);
  }

  close(): Promise<void> {
    return this.#follower.close();
  }

  #take(recorded: RecordedEvent): void {
    const { category, id } = splitStream(recorded.streamId);
    const event = parse(recorded);
    const deploymentId = 'deploymentId' in event ? event.deploymentId : id;
    const known = this.#deployments.get(deploymentId) ?? unheardOf(deploymentId);
    this.#deployments.set(deploymentId, known);
    switch (category) {
      case 'deployment':
        return takeDeployment(known, event as DeploymentFact);
      case 'rollout':
        return takeRollout(known, id, event as RolloutFact);
      case 'status':
        known.weights = new Map((event as RoutingFact).weights.map(({ revisionId, weightPercent }) => [revisionId, weightPercent]));
        return;
      case 'replica':
        return takeReplica(known, id, event as ReplicaEvent);
      default:
        known.scaling = scaling.evolve(known.scaling, event as ScalingEvent);
    }
  }
}

const unheardOf = (deploymentId: string): Mutable => ({
  deploymentId,
  isGone: false,
  desired: 0,
  scaling: scaling.initialState,
  duringRollout: false,
  weights: new Map(),
  replicas: new Map(),
  rollouts: new Set(),
});

function takeDeployment(known: Mutable, event: DeploymentFact): void {
  if (event.type === 'DeploymentCreated' || event.type === 'ReplicasDesired') known.desired = event.desiredReplicaCount;
  else known.isGone = true;
}

function takeRollout(known: Mutable, rolloutId: string, event: RolloutFact): void {
  if (event.type === 'RolloutStarted') known.rollouts.add(rolloutId);
  else known.rollouts.delete(rolloutId);
  known.duringRollout = known.rollouts.size > 0;
}

function takeReplica({ replicas }: Mutable, replicaId: string, event: ReplicaEvent): void {
  const row = applyToReplica(replicas.get(replicaId) ?? null, event, replicaId);
  if (row.state.phase === 'stopped' || row.state.phase === 'failed') replicas.delete(replicaId);
  else replicas.set(replicaId, row);
}
