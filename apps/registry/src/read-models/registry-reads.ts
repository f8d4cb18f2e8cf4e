import { parseEventAs, streams } from '@slipway/contracts';
import type { AccessEvent, LivingDeployment } from '@slipway/domain';
import type { EventLogReader } from '@slipway/event-log';
import type { ProjectedRow } from '@slipway/event-log/read-models';
import { In, type DataSource, type SelectQueryBuilder } from 'typeorm';
import { deploymentAt } from '../deployments/deployment-history.js';
import { accessTokensTable, toRow, type AccessTokenRow } from './access-tokens.projection.js';
import { deploymentsTable, type DeploymentColumns, type DeploymentRow } from './deployments.projection.js';
import { compileFilter } from './conditions.js';
import type { ListCursor } from './list-cursor.js';
import { deploymentConditions, namesDestroyed, revisionConditions, type DeploymentFilter, type RevisionFilter } from './listed-rows.js';
import { revisionsTable, type RevisionColumns, type RevisionRow } from './revisions.projection.js';

/** Rows in one answer. */
export const PAGE_ROWS_MAX = 1000;

export type DeploymentQuery = {
  readonly filter: DeploymentFilter;
  readonly orderBy: 'createdAtMs' | 'updatedAtMs' | 'name';
  readonly direction: 'ASC' | 'DESC';
  readonly limit: number;
  readonly offset: number;
  /** Where the page before ended. Absent: begin at the beginning. */
  readonly after?: ListCursor | null;
};

export type RevisionQuery = {
  readonly filter: RevisionFilter;
  readonly orderBy: 'createdAtMs' | 'number';
  readonly direction: 'ASC' | 'DESC';
  readonly first: number;
  /** Where the page before ended, or the id of its last revision. */
  readonly after: ListCursor | string | null;
};

/** A revision that has its number. */
export type Revision = NonNullable<RevisionRow['created']> & { readonly number: number };

/** Everything the registry is asked. Live answers come from the read models, past ones from the log. */
export class RegistryReads {
  constructor(
    private readonly database: DataSource,
    private readonly log: EventLogReader,
  ) {}

  async deployment(id: string): Promise<LivingDeployment | null> {
    const found = await this.database.getRepository(deploymentsTable.entity).findOneBy({ key: id });
    return found?.row.state ?? null;
  }

  async deploymentsById(ids: readonly string[]): Promise<ReadonlyMap<string, LivingDeployment>> {
    const rows = await this.database.getRepository(deploymentsTable.entity).findBy({ key: In([...ids]) });
    return new Map(rows.flatMap(({ key, row }) => (row.state === null ? [] : [[key, row.state]])));
  }

  deploymentAt(id: string, atMs: number): Promise<LivingDeployment | null> {
    return deploymentAt(this.log, id, atMs);
  }

  async deployments(query: DeploymentQuery): Promise<readonly LivingDeployment[]> {
    const { orderBy, direction, limit, offset, after } = query;
    const listed = this.#listedDeployments(query.filter);
    if (after) startAfter(listed, 'd', orderBy, direction, after);
    const rows = await listed.orderBy(`d.${orderBy}`, direction).addOrderBy('d.key', direction).limit(limit).offset(offset).getMany();
    return rows.flatMap(({ row }) => (row.state === null ? [] : [row.state]));
  }

  countDeployments(filter: DeploymentFilter): Promise<number> {
    return this.#listedDeployments(filter).getCount();
  }

  async revision(id: string): Promise<Revision | null> {
    return (await this.revisionsById([id])).get(id) ?? null;
  }

  async revisionsById(ids: readonly string[]): Promise<ReadonlyMap<string, Revision>> {
    const rows = await this.database.getRepository(revisionsTable.entity).findBy({ key: In([...ids]) });
    return new Map(rows.flatMap(({ key, row }) => (isRegistered(row) ? [[key, { ...row.created, number: row.number }]] : [])));
  }

  async revisions({ filter, orderBy, direction, first, after }: RevisionQuery): Promise<readonly Revision[]> {
    const query = this.#listedRevisions(filter);
    const cursor = typeof after === 'string' ? await this.#cursorOf(after, orderBy) : after;
    if (cursor !== null) startAfter(query, 'r', orderBy, direction, cursor);
    const rows = await query.orderBy(`r.${orderBy}`, direction).addOrderBy('r.key', direction).limit(first).getMany();
    return rows.flatMap(({ row }) => (isRegistered(row) ? [{ ...row.created, number: row.number }] : []));
  }

  countRevisions(filter: RevisionFilter): Promise<number> {
    return this.#listedRevisions(filter).getCount();
  }

  async accessTokens(deploymentId: string): Promise<readonly AccessTokenRow[]> {
    const order = { createdAtMs: 'ASC', key: 'ASC' } as const;
    const rows = await this.database.getRepository(accessTokensTable.entity).find({ where: { deploymentId }, order });
    return rows.map(({ row }) => row);
  }

  async accessTokensAt(deploymentId: string, atMs: number): Promise<readonly AccessTokenRow[]> {
    const read = await this.log.readStream(streams.access(deploymentId));
    if ('notFound' in read) return [];
    const tokens = new Map<string, AccessTokenRow>();
    for await (const recorded of read.found) {
      if (recorded.recordedAtMs > atMs) break;
      const event = parseAccess(recorded);
      if (event.type === 'AccessTokenCreated') tokens.set(event.tokenId, toRow(event));
      else tokens.delete(event.tokenId);
    }
    return [...tokens.values()];
  }

  #listedDeployments(filter: DeploymentFilter): Query<DeploymentRow, DeploymentColumns> {
    const query = this.database.getRepository(deploymentsTable.entity).createQueryBuilder('d') as Query<DeploymentRow, DeploymentColumns>;
    const { sql, parameters } = compileFilter(filter, deploymentConditions);
    return query.where(namesDestroyed(filter) ? '1 = 1' : `d.status <> 'DESTROYED'`).andWhere(sql, parameters);
  }

  #listedRevisions(filter: RevisionFilter): Query<RevisionRow, RevisionColumns> {
    const query = this.database.getRepository(revisionsTable.entity).createQueryBuilder('r') as Query<RevisionRow, RevisionColumns>;
    const active = this.database.getRepository(deploymentsTable.entity).createQueryBuilder('d').select('d.activeRevisionId');
    const activeIds = active.where('d.activeRevisionId IS NOT NULL').getQuery();
    const { sql, parameters } = compileFilter(filter, revisionConditions(activeIds));
    return query.where('r.number IS NOT NULL').andWhere(sql, parameters);
  }

  /** An unknown id begins at the beginning. */
  async #cursorOf(revisionId: string, orderBy: 'createdAtMs' | 'number'): Promise<ListCursor | null> {
    const last = await this.database.getRepository(revisionsTable.entity).findOneBy({ key: revisionId });
    return last === null ? null : { value: last[orderBy] ?? 0, key: revisionId };
  }
}

type Query<Row, Columns extends object> = SelectQueryBuilder<ProjectedRow<Row, Columns>>;

/** Keyset paging: stable while rows are written. */
function startAfter<Row, Columns extends object>(query: Query<Row, Columns>, alias: string, column: string, direction: 'ASC' | 'DESC', { value, key }: ListCursor): void {
  query.andWhere(`(${alias}.${column}, ${alias}.key) ${direction === 'ASC' ? '>' : '<'} (:cursorValue, :cursorKey)`, { cursorValue: value, cursorKey: key });
}

const parseAccess = parseEventAs<AccessEvent>();
const isRegistered = (row: RevisionRow): row is { created: NonNullable<RevisionRow['created']>; number: number } =>
  row.created !== null && row.number !== null;
