import { parseEventAs, streams } from '@slipway/contracts';
import type { ReplicaEvent, StatusEvent } from '@slipway/domain';
import type { EventLogReader, RecordedEvent } from '@slipway/event-log';
import { In, type DataSource } from 'typeorm';
import { deploymentSpec } from '../replicas/revision-facts.js';
import { applyToFleet, fleetsTable, type FleetRow } from './fleets.projection.js';
import { applyToReplica, replicasTable, type ReplicaRow } from './replicas.projection.js';
import { rolloutsTable, type RolloutRow } from './rollouts.projection.js';

export const ROLLOUTS_SHOWN_MAX = 100;

/** Everything the orchestrator is asked. Live answers come from the read models, past ones from the log. */
export class OrchestratorReads {
  constructor(
    private readonly database: DataSource,
    private readonly log: EventLogReader,
  ) {}

  async fleetsById(ids: readonly string[]): Promise<ReadonlyMap<string, FleetRow>> {
    const rows = await this.database.getRepository(fleetsTable.entity).findBy({ key: In([...ids]) });
    return new Map(rows.map(({ key, row }) => [key, row]));
  }

  async fleetAt(deploymentId: string, atMs: number): Promise<FleetRow | null> {
    const spec = await deploymentSpec(this.log, deploymentId, atMs);
    if (spec === null) return null;
    const created = { type: 'ReplicasDesired' as const, desiredReplicaCount: spec.desiredReplicaCount, atMs: spec.createdAtMs };
    let fleet = applyToFleet(null, created, deploymentId);
    for await (const recorded of this.#eventsUntil(streams.status(deploymentId), atMs)) fleet = applyToFleet(fleet, parseStatus(recorded), deploymentId);
    return fleet;
  }

  /** The replicas that exist, in the order they were made. */
  async replicas(deploymentId: string): Promise<readonly ReplicaRow[]> {
    const where = { deploymentId, isOver: false };
    const rows = await this.database.getRepository(replicasTable.entity).find({ where, order: { ordinal: 'ASC', key: 'ASC' } });
    return rows.map(({ row }) => row);
  }

  async replicasAt(deploymentId: string, atMs: number): Promise<readonly ReplicaRow[]> {
    const found: ReplicaRow[] = [];
    for await (const { streamId } of this.log.listStreams({ prefix: streams.replica(`${deploymentId}-`) })) {
      const row = await this.#foldReplica(streamId, atMs);
      if (row !== null && row.state.phase !== 'stopped' && row.state.phase !== 'failed') found.push(row);
    }
    return found.sort((a, b) => a.ordinal - b.ordinal);
  }

  async replica(replicaId: string): Promise<ReplicaRow | null> {
    const found = await this.database.getRepository(replicasTable.entity).findOneBy({ key: replicaId });
    return found?.row ?? null;
  }

  /** Why the newest replica of a revision that was given up was given up; null when none was. */
  async revisionError(revisionId: string): Promise<ReplicaRow['errorData']> {
    const where = { revisionId, isFailed: true };
    const [newest] = await this.database.getRepository(replicasTable.entity).find({ where, order: { updatedAtMs: 'DESC', key: 'DESC' }, take: 1 });
    return newest?.row.errorData ?? null;
  }

  async rollout(rolloutId: string): Promise<RolloutRow | null> {
    const found = await this.database.getRepository(rolloutsTable.entity).findOneBy({ key: rolloutId });
    return found?.row ?? null;
  }

  /** Those that have not ended. */
  async walkingRollouts(): Promise<readonly RolloutRow[]> {
    const rows = await this.database.getRepository(rolloutsTable.entity).findBy({ isWalking: true });
    return rows.map(({ row }) => row);
  }

  /** Newest first. */
  async rollouts(deploymentId: string, limit: number): Promise<readonly RolloutRow[]> {
    const take = Math.min(limit, ROLLOUTS_SHOWN_MAX);
    const rows = await this.database.getRepository(rolloutsTable.entity).find({ where: { deploymentId }, order: { startedAtMs: 'DESC', key: 'DESC' }, take });
    return rows.map(({ row }) => row);
  }

  async #foldReplica(streamId: string, atMs: number): Promise<ReplicaRow | null> {
    let row: ReplicaRow | null = null;
    for await (const recorded of this.#eventsUntil(streamId, atMs)) row = applyToReplica(row, parseReplica(recorded), streamId.slice('replica-'.length));
    return row;
  }

  async *#eventsUntil(streamId: string, atMs: number): AsyncGenerator<RecordedEvent> {
    const read = await this.log.readStream(streamId);
    if ('notFound' in read) return;
    for await (const recorded of read.found) {
      if (recorded.recordedAtMs > atMs) return;
      yield recorded;
    }
  }
}

const parseStatus = parseEventAs<StatusEvent>();
const parseReplica = parseEventAs<ReplicaEvent>();
