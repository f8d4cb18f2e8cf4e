import type { Pool, PoolClient } from 'pg';
import { checkpointTable, quoted, type PostgresCopy } from './postgres-copy.js';
import { inTransaction } from './postgres-transaction.js';

/**
 * Makes the tables that are missing, and changes none: each version of a projection and each shape of its columns has a
 * table of its own. Several processes may do so at once.
 */
export async function makeMissingTables(pool: Pool, schema: string, copies: readonly PostgresCopy[]): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`slipway projections ${schema}`]);
    const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
    // Asked for first: a role that may not create schemas may not even say IF NOT EXISTS.
    if (rowCount === 0) await client.query(`CREATE SCHEMA ${quoted(schema)}`);
    await client.query(`CREATE TABLE IF NOT EXISTS ${checkpointTable(schema)}
      ("tableName" text COLLATE "C" PRIMARY KEY, "projection" text COLLATE "C" NOT NULL, "position" bigint NOT NULL) WITH (fillfactor = 50)`);
    const known = await tablesIn(client, schema);
    for (const copy of copies) if (!known.has(copy.tableName)) await makeTable(client, copy);
    const values = [copies.map(({ tableName }) => tableName), copies.map(({ projectionName }) => projectionName)];
    await client.query(
      `INSERT INTO ${checkpointTable(schema)} SELECT name, projection, 0 FROM unnest($1::text[], $2::text[]) AS made (name, projection) ON CONFLICT DO NOTHING`,
      values,
    );
  });
}

async function tablesIn(client: PoolClient, schema: string): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p')`,
    [quoted(schema)],
  );
  return new Set(rows.map(({ name }) => name));
}

async function makeTable(client: PoolClient, { table, columns }: PostgresCopy): Promise<void> {
  const defined = columns.map(({ name, type, isNullable }) => {
    const collation = type === 'text' ? ' COLLATE "C"' : ''; // byte order, whatever the database's language
    return `${quoted(name)} ${type}${collation}${isNullable ? '' : ' NOT NULL'}${name === 'key' ? ' PRIMARY KEY' : ''}`;
  });
  await client.query(`CREATE TABLE ${table} (${defined.join(', ')})`);
  // They keep their own names when the tables trade theirs.
  for (const { name, isIndexed } of columns) if (isIndexed) await client.query(`CREATE INDEX ON ${table} (${quoted(name)})`);
}
