import { timelineKey, type Entity, type EntityKind, type TimelineColumns, type TimelineRow } from '@slipway/domain';
import type { ProjectedRow } from '@slipway/event-log/read-models';
import { In, LessThanOrEqual, type DataSource, type Repository, type SelectQueryBuilder } from 'typeorm';
import { timelineTable } from './timeline.projection.js';

export type TimelineQuery = {
  readonly deploymentId: string;
  readonly filter: {
    readonly types?: readonly string[] | null;
    readonly actor?: string | null;
    readonly fromMs?: number | null;
    readonly toMs?: number | null;
    readonly entity?: { readonly kind: EntityKind; readonly id?: string | null } | null;
  };
  readonly direction: 'ASC' | 'DESC';
  readonly limit: number;
  /** Position to go on after, in the direction of the order. */
  readonly after: number | null;
};

/** Timelines as their read model has them. */
export class TimelineReads {
  readonly #rows: Repository<ProjectedRow<TimelineRow, TimelineColumns>>;

  constructor(database: DataSource) {
    this.#rows = database.getRepository(timelineTable.entity);
  }

  /** A range of keys: it is read in the order it is kept in. */
  async page({ deploymentId, filter, direction, limit, after }: TimelineQuery): Promise<readonly TimelineRow[]> {
    const query = this.#rows.createQueryBuilder('t');
    const edge = after === null ? null : timelineKey(deploymentId, after);
    query.where('t.key > :low AND t.key < :high', {
      low: direction === 'ASC' && edge !== null ? edge : `${deploymentId}/`,
      high: direction === 'DESC' && edge !== null ? edge : `${deploymentId}${AFTER_SLASH}`,
    });
    narrow(query, filter);
    const rows = await query.orderBy('t.key', direction).limit(limit).getMany();
    return rows.map(({ row }) => row);
  }

  async exists(deploymentId: string): Promise<boolean> {
    const [row] = await this.page({ deploymentId, filter: {}, direction: 'ASC', limit: 1, after: null });
    return row !== undefined;
  }

  /** The newest fact about it up to an instant, of these types if any are given; null: there was none. */
  async lastOf({ kind, id }: Entity, atMs: number, types?: readonly string[]): Promise<TimelineRow | null> {
    const where = { entityKind: kind, entityId: id, recordedAtMs: LessThanOrEqual(atMs), ...(types !== undefined && { type: In([...types]) }) };
    const [found] = await this.#rows.find({ where, order: { position: 'DESC' }, take: 1 });
    return found?.row ?? null;
  }

  async byEventId(eventId: string): Promise<TimelineRow | null> {
    const [found] = await this.#rows.find({ where: { eventId }, order: { position: 'ASC' }, take: 1 });
    return found?.row ?? null;
  }

  async revisionNumbers(revisionIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (revisionIds.length === 0) return new Map();
    const found = await this.#rows.findBy({ entityId: In([...revisionIds]), type: 'RevisionRegistered' });
    return new Map(found.map(({ row }) => [row.entityId, Number(row.data['number'])]));
  }
}

/** The character after `/`: the end of the range of keys that begin with an id and a `/`. */
const AFTER_SLASH = '0';

function narrow(query: SelectQueryBuilder<ProjectedRow<TimelineRow, TimelineColumns>>, { types, actor, fromMs, toMs, entity }: TimelineQuery['filter']): void {
  if (types) query.andWhere(types.length === 0 ? '1 = 0' : 't.type IN (:...types)', { types });
  if (typeof actor === 'string') query.andWhere('t.actor = :actor', { actor });
  if (typeof fromMs === 'number') query.andWhere('t.recordedAtMs >= :fromMs', { fromMs });
  if (typeof toMs === 'number') query.andWhere('t.recordedAtMs <= :toMs', { toMs });
  if (entity) query.andWhere('t.entityKind = :kind', { kind: entity.kind });
  if (typeof entity?.id === 'string') query.andWhere('t.entityId = :entityId', { entityId: entity.id });
}
