import { Client, type ClientConfig, type Pool, type PoolClient } from 'pg';
import { pause } from '../pause.js';
import type { AnyProjection } from '../projection.js';
import { CheckpointMovedError, type ProjectionDigest, type ProjectionSlot, type ProjectionStore } from '../projection-store.js';
import { digestRowStream } from '../row-digest.js';
import { byCopy, commitStatement } from './postgres-commit.js';
import { checkpointTable, type PostgresCopy } from './postgres-copy.js';
import { switchTables } from './postgres-switch.js';
import { inTransaction } from './postgres-transaction.js';
import { discardUnserved } from './served-versions.js';

export const KEYS_PER_QUERY_MAX = 5_000;
export const DIGEST_PAGE_ROWS = 1_000;
/** How often somebody who waits to build a projection asks whether it is his turn. */
export const BUILD_TURN_ASK_MS = 200;

/** `connection`: for sessions that hold a lock, beside the pool. */
export type PostgresProjectionStoreOptions = { readonly pool: Pool; readonly connection: ClientConfig; readonly schema: string };

/** The rows of a service's projections in PostgreSQL, written by any number of processes at once. */
export function postgresProjectionStore({ pool, connection, schema }: PostgresProjectionStoreOptions, copies: readonly PostgresCopy[]): ProjectionStore {
  const byName = new Map(copies.map((copy) => [`${copy.projectionName} ${copy.slot}`, copy]));
  const find = ({ name }: AnyProjection, slot: ProjectionSlot): PostgresCopy => {
    const copy = byName.get(`${name} ${slot}`);
    if (copy === undefined) throw new Error(`projection ${name} has no table in this store`);
    return copy;
  };
  const checkpoints = checkpointTable(schema);
  const position = async (client: Pool | PoolClient, { tableName }: PostgresCopy): Promise<number> => {
    const sql = { name: 'slipway-checkpoint', text: `SELECT "position" FROM ${checkpoints} WHERE "tableName" = $1`, values: [tableName] };
    return Number((await client.query<{ position: string }>(sql)).rows[0]?.position ?? 0);
  };
  return {
    isShared: true,
    checkpoint: (projection, slot) => position(pool, find(projection, slot)),
    rows: (projection, slot, keys) => rowsOf(pool, find(projection, slot), keys),
    async commit(changes) {
      const merged = byCopy(changes, ({ projection, slot }) => find(projection, slot));
      if (merged.length === 0) return;
      const { rows } = await pool.query<{ open: boolean }>(commitStatement(schema, merged));
      if (rows[0]?.open === true) return;
      for (const { copy, change } of merged) {
        const actual = await position(pool, copy);
        if (actual !== change.from) throw new CheckpointMovedError(change.projection, change.from, actual);
      }
      const [first] = changes; // it moved there and back meanwhile
      if (first !== undefined) throw new CheckpointMovedError(first.projection, first.from, first.from);
    },
    clear: (projection, slot) => clear(pool, checkpoints, find(projection, slot)),
    switchOver: (projection, reach) => switchTables(pool, projection, { schema, live: find(projection, 'live'), beside: find(projection, 'beside') }, reach),
    discardOtherVersions: (projection) =>
      discardUnserved(pool, schema, projection, [find(projection, 'live').tableName, find(projection, 'beside').tableName]),
    digest: (projection, slot) => digest(pool, find(projection, slot), position),
    exclusively: (projection, work, signal) => inTurn(connection, `slipway build ${find(projection, 'live').table}`, work, signal),
  };
}

async function rowsOf(pool: Pool, { table }: PostgresCopy, keys: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  for (let start = 0; start < keys.length; start += KEYS_PER_QUERY_MAX) {
    const sql = `SELECT "key", "row" FROM ${table} WHERE "key" = ANY ($1::text[])`;
    const { rows } = await pool.query<{ key: string; row: string }>(sql, [keys.slice(start, start + KEYS_PER_QUERY_MAX)]);
    for (const { key, row } of rows) found.set(key, JSON.parse(row));
  }
  return found;
}

async function clear(pool: Pool, checkpoints: string, { table, slot, tableName, projectionName }: PostgresCopy): Promise<void> {
  await inTransaction(pool, async (client) => {
    if (slot === 'beside') await client.query(`TRUNCATE ${table}`);
    else {
      // Emptied at once, it would show readers who began before no rows at all.
      await client.query(`LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`);
      await client.query(`DELETE FROM ${table}`);
    }
    const values = [tableName, projectionName];
    await client.query(`INSERT INTO ${checkpoints} VALUES ($1, $2, 0) ON CONFLICT ("tableName") DO UPDATE SET "position" = 0`, values);
  });
}

async function digest(pool: Pool, copy: PostgresCopy, position: (client: PoolClient, copy: PostgresCopy) => Promise<number>): Promise<ProjectionDigest> {
  return inTransaction(
    pool,
    async (client) => {
      // Before the snapshot is taken: otherwise the tables could trade places between the two.
      await client.query(`LOCK TABLE ${copy.table} IN ACCESS SHARE MODE`);
      const checkpoint = await position(client, copy);
      await client.query(`DECLARE page NO SCROLL CURSOR FOR SELECT "key", "row" FROM ${copy.table} ORDER BY "key"`);
      return { checkpoint, ...(await digestRowStream(cursorRows(client))) };
    },
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  );
}

async function* cursorRows(client: PoolClient): AsyncGenerator<readonly [string, unknown]> {
  for (;;) {
    const { rows } = await client.query<{ key: string; row: string }>(`FETCH ${DIGEST_PAGE_ROWS} FROM page`);
    if (rows.length === 0) return;
    for (const { key, row } of rows) yield [key, JSON.parse(row)];
  }
}

/** Should the connection that holds the lock be lost, another may begin too: the checkpoints then tell the two apart. */
async function inTurn(connection: ClientConfig, lock: string, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const client = new Client(connection);
  client.on('error', () => undefined);
  try {
    await client.connect();
    for (;;) {
      signal.throwIfAborted();
      const { rows } = await client.query<{ ours: boolean }>('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS ours', [lock]);
      if (rows[0]?.ours === true) break;
      await pause(BUILD_TURN_ASK_MS, signal);
    }
    await work();
  } finally {
    await client.end().catch(() => undefined);
  }
}
