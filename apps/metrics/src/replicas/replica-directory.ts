import { parseEventAs, replicaEventTypes, splitStream } from '@slipway/contracts';
import { applyToReplica, ROLLUP_LEVELS, type DeploymentEvent, type ReplicaEvent, type ReplicaRow } from '@slipway/domain';
import { LogFollower, type EventLogReader, type RecordedEvent } from '@slipway/event-log';

/** Replicas that are over are shown for as long as anything measured of them may be kept. */
export const GONE_REPLICAS_KEPT_MS = Math.max(...ROLLUP_LEVELS.map(({ retentionMs }) => retentionMs));
/** Events between two looks for replicas that may be forgotten. */
const EVENTS_BETWEEN_CLEARINGS = 256;

type DeploymentFact = Extract<DeploymentEvent, { type: 'DeploymentCreated' | 'DeploymentRenamed' | 'ReplicasDesired' | 'DeploymentDeleted' }>;
const DEPLOYMENT_TYPES: readonly string[] = ['DeploymentCreated', 'DeploymentRenamed', 'ReplicasDesired', 'DeploymentDeleted'] satisfies DeploymentFact['type'][];
const parseDeployment = parseEventAs<DeploymentFact>();
const parseReplica = parseEventAs<ReplicaEvent>();

/** `handle`: how the runtime that launched it knows it, such as `pid:123`; null before its first launch. */
export type SeenReplica = ReplicaRow & { readonly handle: string | null };

type SeenDeployment = { readonly domain: string; readonly name: string; readonly desiredReplicaCount: number; readonly isDeleted: boolean };

export type DirectoryPorts = { readonly log: EventLogReader; readonly nowMs: () => number; readonly onFailure: (error: unknown) => void };

/** Which deployments and replicas there are, followed in the log. */
export class ReplicaDirectory {
  readonly #replicas = new Map<string, SeenReplica>();
  readonly #byDeployment = new Map<string, Set<string>>();
  readonly #deployments = new Map<string, SeenDeployment>();
  readonly #follower: LogFollower;
  #taken = 0;
  readonly #gone = new Set<() => void>();
  constructor(private readonly ports: DirectoryPorts) {
    const { log, onFailure } = ports;
    const filter = { types: [...replicaEventTypes, ...DEPLOYMENT_TYPES] };
    this.#follower = new LogFollower({ log, filter, take: (recorded) => this.#take(recorded), onFailure });
  }

  /** Settles when everything the log held at the start is known. */
  get caughtUp(): Promise<void> {
    return this.#follower.caughtUp;
  }

  /** Log position up to which everything is known. */
  get position(): number {
    return this.#follower.position;
  }

  /** Null: there never was one. */
  deployment(deploymentId: string): 'exists' | 'deleted' | null {
    const seen = this.#deployments.get(deploymentId);
    if (seen === undefined) return null;
    return seen.isDeleted ? 'deleted' : 'exists';
  }

  /** `domain/name`, as people know it; its id while that is not known. */
  nameOf(deploymentId: string): string {
    const seen = this.#deployments.get(deploymentId);
    return seen === undefined ? deploymentId : `${seen.domain}/${seen.name}`;
  }

  /** How many replicas each deployment is to have, by its id; those that are deleted left out. */
  desiredReplicas(): ReadonlyMap<string, number> {
    const living = [...this.#deployments].filter(([, { isDeleted }]) => !isDeleted);
    return new Map(living.map(([id, { desiredReplicaCount }]) => [id, desiredReplicaCount]));
  }

  replica(replicaId: string): SeenReplica | null {
    return this.#replicas.get(replicaId) ?? null;
  }

  /** Those that were there at some time in the range, in the order in which they were made. */
  replicasOf(deploymentId: string, fromMs: number, toMs: number): readonly SeenReplica[] {
    const rows = [...(this.#byDeployment.get(deploymentId) ?? [])].flatMap((id) => this.#replicas.get(id) ?? []);
    return rows.filter((row) => row.createdAtMs <= toMs && (!isOver(row) || row.updatedAtMs >= fromMs)).sort((a, b) => a.createdAtMs - b.createdAtMs || a.ordinal - b.ordinal);
  }

  deploymentIds(): readonly string[] {
    return [...this.#byDeployment.keys()];
  }

  living(): readonly SeenReplica[] {
    return [...this.#replicas.values()].filter((row) => !isOver(row));
  }

  /** Called whenever a deployment was deleted. Returns how to stop. */
  onDeleted(listener: () => void): () => void {
    this.#gone.add(listener);
    return () => this.#gone.delete(listener);
  }

  async close(): Promise<void> {
    await this.#follower.close();
  }

  #take(recorded: RecordedEvent): void {
    const { id } = splitStream(recorded.streamId);
    if (DEPLOYMENT_TYPES.includes(recorded.type)) {
      this.#takeDeployment(id, parseDeployment(recorded));
      return;
    }
    const event = parseReplica(recorded);
    const before = this.#replicas.get(id) ?? null;
    const row = applyToReplica(before, event, id);
    this.#replicas.set(id, { ...row, handle: event.type === 'ReplicaLaunched' ? event.handle : (before?.handle ?? null) });
    const siblings = this.#byDeployment.get(row.state.deploymentId) ?? new Set<string>();
    this.#byDeployment.set(row.state.deploymentId, siblings.add(id));
    this.#taken += 1;
    if (this.#taken % EVENTS_BETWEEN_CLEARINGS === 0) this.#forgetGone();
  }

  #takeDeployment(id: string, event: DeploymentFact): void {
    const before = this.#deployments.get(id) ?? { domain: '', name: id, desiredReplicaCount: 0, isDeleted: false };
    switch (event.type) {
      case 'DeploymentCreated': {
        const { domain, name, desiredReplicaCount } = event;
        return void this.#deployments.set(id, { domain, name, desiredReplicaCount, isDeleted: false });
      }
      case 'DeploymentRenamed':
        return void this.#deployments.set(id, { ...before, name: event.name });
      case 'ReplicasDesired':
        return void this.#deployments.set(id, { ...before, desiredReplicaCount: event.desiredReplicaCount });
      case 'DeploymentDeleted':
        this.#deployments.set(id, { ...before, isDeleted: true });
        for (const listener of [...this.#gone]) listener();
    }
  }

  #forgetGone(): void {
    const oldestMs = this.ports.nowMs() - GONE_REPLICAS_KEPT_MS;
    for (const [id, row] of this.#replicas) {
      if (!isOver(row) || row.updatedAtMs > oldestMs) continue;
      this.#replicas.delete(id);
      const siblings = this.#byDeployment.get(row.state.deploymentId);
      siblings?.delete(id);
      if (siblings?.size === 0) this.#byDeployment.delete(row.state.deploymentId);
    }
  }
}

export const isOver = ({ state }: ReplicaRow): boolean => state.phase === 'stopped' || state.phase === 'failed';
