import type pg from 'pg';
import type { AppendRequest } from '../append-line.js';
import type { AppendOutcome } from '../event-log.js';
import { EMPTY_END, logStatements, rangeValues, streamValues, writeValues, type LogStatements } from './log-statements.js';
import { planAppends, retryRange, type AppendPlan, type KnownStreams, type LogEnd, type StoredEvent, type StoredRange } from './append-plan.js';
import type { PostgresConnections } from './postgres-connection.js';
import { asLogError, corrupt } from './postgres-failures.js';

/** Last revisions kept in memory, so that most appends are judged without a query. */
export const STREAM_HEADS_MAX = 50_000;
/** After another process was found to write too, so many groups take the lock at once instead of hoping first. */
export const LOCKED_GROUPS = 8;

/**
 * Writes groups of appends, each group in one transaction that holds the head row from before the first of its rows is
 * judged or numbered until it has committed. So positions have no gaps and are in commit order: whoever sees a position
 * sees every smaller one, and no reader can skip an event because its transaction was still open.
 *
 * As long as nobody else writes, a group costs one statement: it names the head it was planned on, and does nothing when
 * the head has moved. Then, and when there is nothing to write, the group is judged again under the lock.
 */
export class PostgresLogWriter {
  readonly #connections: PostgresConnections;
  readonly #nowMs: () => number;
  readonly #sql: LogStatements;
  readonly #revisions = new Map<string, number>();
  #end: LogEnd | null = null;
  #lockedGroups = 0;

  /** `connections` is a pool of one pipelining connection. */
  constructor(connections: PostgresConnections, nowMs: () => number) {
    this.#connections = connections;
    this.#nowMs = nowMs;
    this.#sql = logStatements(connections.schema);
  }

  /** The log's last position as far as this writer knows; 0 when it does not. */
  get position(): number {
    return this.#end?.position ?? 0;
  }

  /** One outcome per append, in order. Durable when it resolves; see LogUnreachableError for when it rejects. */
  async writeGroup(appends: readonly AppendRequest[]): Promise<readonly AppendOutcome[]> {
    const client = await this.#connections.take();
    const sent = { mayBeWritten: false };
    try {
      const outcomes = (await this.#writeOnKnownHead(client, appends, sent)) ?? (await this.#writeUnderLock(client, appends, sent));
      client.release();
      return outcomes;
    } catch (error) {
      client.release(true);
      this.#forget();
      throw asLogError(error, this.#connections.label, sent.mayBeWritten ? 'unknown' : 'not-written');
    }
  }

  /** Null when the head is not where we left it, or when nothing would be written that could prove it. */
  async #writeOnKnownHead(client: pg.PoolClient, appends: readonly AppendRequest[], sent: { mayBeWritten: boolean }) {
    if (this.#end === null || this.#lockedGroups-- > 0) return null;
    const revisions = await this.#revisionsOf(client, appends);
    const plan = planAppends(appends, await this.#known(client, appends, revisions), this.#end, this.#nowMs);
    if (plan.rows.length === 0) return null;
    sent.mayBeWritten = true;
    const { rows } = await client.query(this.#connections.statement(this.#sql.write, writeValues(this.#end, plan.end, plan.rows)));
    sent.mayBeWritten = false;
    if (rows.length === 0) {
      this.#forget();
      this.#lockedGroups = LOCKED_GROUPS;
      return null;
    }
    return this.#accept(plan);
  }

  async #writeUnderLock(client: pg.PoolClient, appends: readonly AppendRequest[], sent: { mayBeWritten: boolean }) {
    const streamIds = [...new Set(appends.map((append) => append.streamId))];
    // Sent in one go; each sees what was committed before it began, so the revisions are those under the lock.
    const [, end, revisions] = await Promise.all([client.query('BEGIN'), this.#lockHead(client), this.#lastRevisions(client, streamIds)]);
    if (this.#end !== null && this.#end.position !== end.position) this.#forget();
    const plan = planAppends(appends, await this.#known(client, appends, revisions), end, this.#nowMs);
    if (plan.rows.length === 0) {
      await client.query('ROLLBACK');
      return this.#accept(plan);
    }
    sent.mayBeWritten = true;
    const write = client.query(this.#connections.statement(this.#sql.write, writeValues(end, plan.end, plan.rows)));
    const [written] = await Promise.all([write, client.query('COMMIT')]); // a COMMIT after a failed statement rolls back
    sent.mayBeWritten = false;
    if (written.rows.length === 0) throw corrupt(this.#connections.label, `its head at position ${end.position} cannot be moved on`);
    return this.#accept(plan);
  }

  #accept(plan: AppendPlan): readonly AppendOutcome[] {
    this.#end = plan.end;
    remember(this.#revisions, plan.revisions);
    return plan.outcomes;
  }

  async #lockHead(client: pg.PoolClient): Promise<LogEnd> {
    const { rows } = await client.query<[number, number, string]>(this.#connections.statement(this.#sql.lockHead, []));
    const [row] = rows;
    if (row === undefined) throw corrupt(this.#connections.label, 'its head is missing');
    return row[0] === 0 ? EMPTY_END : { position: row[0], bytesThrough: row[1], hash: row[2] };
  }

  /** From memory where they are known; those are right if the head turns out not to have moved. */
  async #revisionsOf(client: pg.PoolClient, appends: readonly AppendRequest[]): Promise<Map<string, number>> {
    const revisions = new Map<string, number>();
    const unknown = new Set<string>();
    for (const { streamId } of appends) {
      const revision = this.#revisions.get(streamId);
      if (revision === undefined) unknown.add(streamId);
      else revisions.set(streamId, revision);
    }
    if (unknown.size > 0) for (const [streamId, revision] of await this.#lastRevisions(client, [...unknown])) revisions.set(streamId, revision);
    return revisions;
  }

  async #lastRevisions(client: pg.PoolClient, streamIds: readonly string[]): Promise<Map<string, number>> {
    const { rows } = await client.query<[string, number | null]>(this.#connections.statement(this.#sql.lastRevisions, streamValues(streamIds)));
    return new Map(rows.map(([streamId, revision]) => [streamId, revision ?? -1]));
  }

  /** `revisions`, and the stored events that those appends which may be retries are compared with; most often there are none. */
  async #known(client: pg.PoolClient, appends: readonly AppendRequest[], revisions: ReadonlyMap<string, number>): Promise<KnownStreams> {
    const ranges: StoredRange[] = [];
    for (const append of appends) {
      const range = retryRange(append, revisions.get(append.streamId) ?? -1);
      if (range !== null) ranges.push(range);
    }
    const stored = new Map<string, Map<number, StoredEvent>>();
    if (ranges.length === 0) return { revisions, stored };
    const statement = this.#connections.statement(this.#sql.storedEvents, rangeValues(ranges));
    const { rows } = await client.query<[string, number, string, number]>(statement);
    for (const [streamId, revision, id, position] of rows) {
      const events = stored.get(streamId) ?? new Map<number, StoredEvent>();
      stored.set(streamId, events.set(revision, { revision, id, position }));
    }
    return { revisions, stored };
  }

  #forget(): void {
    this.#end = null;
    this.#revisions.clear();
  }
}

/** Written last, so deleting first keeps the map in order of use: the first keys are the coldest. */
function remember(revisions: Map<string, number>, news: ReadonlyMap<string, number>): void {
  for (const [streamId, revision] of news) {
    revisions.delete(streamId);
    revisions.set(streamId, revision);
  }
  for (const coldest of revisions.keys()) {
    if (revisions.size <= STREAM_HEADS_MAX) return;
    revisions.delete(coldest);
  }
}
