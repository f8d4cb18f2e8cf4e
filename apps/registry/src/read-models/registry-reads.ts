import { parseEventAs, streams } from '@slipway/contracts';
import type { AccessEvent, DeploymentStatus, LivingDeployment } from '@slipway/domain';
import type { EventLogReader, ProjectedRow } from '@slipway/event-log';
import { In, type DataSource, type SelectQueryBuilder } from 'typeorm';
import { deploymentAt } from '../deployments/deployment-history.js';
import { accessTokensTable, toRow, type AccessTokenRow } from './access-tokens.projection.js';
import { deploymentsTable, type DeploymentColumns, type DeploymentRow } from './deployments.projection.js';
import { revisionsTable, type RevisionColumns, type RevisionRow } from './revisions.projection.js';

/** Rows in one answer. */
export const PAGE_ROWS_MAX = 1000;

export type DeploymentQuery = {
  readonly filter: {
    readonly status?: DeploymentStatus | null;
    readonly openToPublic?: boolean | null;
    readonly name?: string | null;
    readonly nameContains?: string | null;
    readonly domain?: string | null;
    readonly project?: string | null;
    readonly tag?: string | null;
  };
  readonly orderBy: 'createdAtMs' | 'updatedAtMs' | 'name';
  readonly direction: 'ASC' | 'DESC';
  readonly limit: number;
  readonly offset: number;
};

export type RevisionQuery = {
  readonly deploymentId?: string | null;
  readonly name?: string | null;
  readonly tag?: string | null;
  readonly status?: 'ACTIVE' | 'INACTIVE' | null;
  readonly orderBy: 'createdAtMs' | 'number';
  readonly direction: 'ASC' | 'DESC';
  readonly first: number;
  /** Id of the revision to go on after. */
  readonly after: string | null;
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

  async deployments({ filter, orderBy, direction, limit, offset }: DeploymentQuery): Promise<readonly LivingDeployment[]> {
    const query = this.database.getRepository(deploymentsTable.entity).createQueryBuilder('d') as Query<DeploymentRow, DeploymentColumns>;
    const given: [string, unknown][] = [
      ['d.status = :status', filter.status],
      ['d.openToPublic = :openToPublic', filter.openToPublic],
      ['d.name = :name', filter.name],
      ['d.domain = :domain', filter.domain],
      ['d.project = :project', filter.project],
    ];
    query.where(filter.status ? '1 = 1' : `d.status <> 'DESTROYED'`);
    for (const [condition, value] of given)
      if (value !== null && value !== undefined) query.andWhere(condition, { [condition.split(':')[1] ?? '']: value });
    if (filter.nameContains) query.andWhere(`lower(d.name) LIKE :part ESCAPE '\\'`, { part: `%${escapeLike(asciiLower(filter.nameContains))}%` });
    if (filter.tag) query.andWhere(HAS_TAG('d'), { tag: JSON.stringify(filter.tag) });
    const rows = await query.orderBy(`d.${orderBy}`, direction).addOrderBy('d.key', direction).limit(limit).offset(offset).getMany();
    return rows.flatMap(({ row }) => (row.state === null ? [] : [row.state]));
  }

  async revision(id: string): Promise<Revision | null> {
    return (await this.revisionsById([id])).get(id) ?? null;
  }

  async revisionsById(ids: readonly string[]): Promise<ReadonlyMap<string, Revision>> {
    const rows = await this.database.getRepository(revisionsTable.entity).findBy({ key: In([...ids]) });
    return new Map(rows.flatMap(({ key, row }) => (isRegistered(row) ? [[key, { ...row.created, number: row.number }]] : [])));
  }

  async revisions({ deploymentId, name, tag, status, orderBy, direction, first, after }: RevisionQuery): Promise<readonly Revision[]> {
    const query = this.database.getRepository(revisionsTable.entity).createQueryBuilder('r') as Query<RevisionRow, RevisionColumns>;
    query.where('r.number IS NOT NULL');
    if (deploymentId) query.andWhere('r.deploymentId = :deploymentId', { deploymentId });
    if (name) query.andWhere('r.name = :name', { name });
    if (tag) query.andWhere(HAS_TAG('r'), { tag: JSON.stringify(tag) });
    if (status) {
      const active = this.database.getRepository(deploymentsTable.entity).createQueryBuilder('d').select('d.activeRevisionId');
      query.andWhere(`r.key ${status === 'ACTIVE' ? 'IN' : 'NOT IN'} (${active.where('d.activeRevisionId IS NOT NULL').getQuery()})`);
    }
    if (after !== null) await this.#startAfter(query, after, orderBy, direction);
    const rows = await query.orderBy(`r.${orderBy}`, direction).addOrderBy('r.key', direction).limit(first).getMany();
    return rows.flatMap(({ row }) => (isRegistered(row) ? [{ ...row.created, number: row.number }] : []));
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

  /** Keyset paging: stable while rows are written. An unknown id begins at the beginning. */
  async #startAfter(query: Query<RevisionRow, RevisionColumns>, after: string, orderBy: 'createdAtMs' | 'number', direction: 'ASC' | 'DESC') {
    const last = await this.database.getRepository(revisionsTable.entity).findOneBy({ key: after });
    if (last === null) return;
    const beyond = direction === 'ASC' ? '>' : '<';
    query.andWhere(`(r.${orderBy}, r.key) ${beyond} (:value, :after)`, { value: last[orderBy], after });
  }
}

type Query<Row, Columns extends object> = SelectQueryBuilder<ProjectedRow<Row, Columns>>;

const parseAccess = parseEventAs<AccessEvent>();
/** Without LIKE, which tells upper from lower case in PostgreSQL and not in SQLite. */
const HAS_TAG = (alias: string): string => `replace(${alias}.tags, :tag, '') <> ${alias}.tags`;
/** As `lower` of both databases does it, where text is in byte order. */
const asciiLower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const escapeLike = (text: string): string => text.replace(/[\\%_]/g, (char) => `\\${char}`);
const isRegistered = (row: RevisionRow): row is { created: NonNullable<RevisionRow['created']>; number: number } =>
  row.created !== null && row.number !== null;
