import pg from 'pg';
import { EXIT_CODES, ReplayError } from '../exit-codes.js';
import { serverLabel } from '../log-place.js';
import { CHECKPOINT_TABLE, isBeside, TableGoneError, type LiveDatabase, type LiveSnapshot, type LiveTable, type StoredRow } from './live-database.js';
import { storedJson } from './stored-json.js';

const CONNECT_TIMEOUT_MS = 5_000;
/** How long one statement may take; a table is read page by page. */
const STATEMENT_TIMEOUT_MS = 60_000;
/** How much longer an answer is waited for: after it the network is gone. */
const ANSWER_GRACE_MS = 5_000;
const PAGE_ROWS = 1_000;

/**
 * One service's schema, null when there is none yet. Nothing in it is written. Throws ReplayError when the server cannot
 * be reached or does not let us read.
 */
export async function openPostgresLiveDatabase(url: string, schema: string): Promise<LiveDatabase | null> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'slipway-replay',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + ANSWER_GRACE_MS,
    keepAlive: true,
    types: { getTypeParser: typeParser },
  });
  client.on('error', () => undefined); // the statement under way says it
  const ask = async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> => {
    try {
      return (await client.query<Row>(sql, [...values])).rows;
    } catch (error) {
      throw asFailure(error, url, schema);
    }
  };
  try {
    await client.connect().catch((error: unknown) => Promise.reject(asFailure(error, url, schema) as Error));
    await ask('SET default_transaction_read_only = on');
    const [found] = await ask<{ found: boolean }>('SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2) AS found', [schema, CHECKPOINT_TABLE]);
    if (found?.found === true) return liveDatabase(client, ask, schema);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  await client.end().catch(() => undefined);
  return null;
}

type Ask = <Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

function liveDatabase(client: pg.Client, ask: Ask, schema: string): LiveDatabase {
  const checkpoints = `${quoted(schema)}.${quoted(CHECKPOINT_TABLE)}`;
  return {
    async tables() {
      const tables = await ask<LiveTable>(`SELECT "tableName", "projection" FROM ${checkpoints} ORDER BY "tableName"`);
      return tables.filter(({ tableName }) => !isBeside(tableName));
    },
    async inSnapshot<T>({ tableName }: LiveTable, read: (snapshot: LiveSnapshot) => Promise<T>): Promise<T> {
      const table = `${quoted(schema)}.${quoted(tableName)}`;
      await ask('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      try {
        // Before the snapshot is taken: otherwise the live copy and the one beside could trade places between the two.
        await ask(`LOCK TABLE ${table} IN ACCESS SHARE MODE`);
        const [row] = await ask<{ position: number }>(`SELECT "position" FROM ${checkpoints} WHERE "tableName" = $1`, [tableName]);
        return await read({ checkpoint: row?.position ?? 0, rows: () => rowsOf(ask, table) });
      } finally {
        await ask('ROLLBACK').catch(() => undefined);
      }
    },
    // Its text holds every character but one.
    comparable: (value) => (typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value),
    [Symbol.asyncDispose]: () => client.end().catch(() => undefined),
  };
}

async function* rowsOf(ask: Ask, table: string): AsyncGenerator<StoredRow> {
  await ask(`DECLARE page NO SCROLL CURSOR FOR SELECT * FROM ${table} ORDER BY "key"`);
  try {
    for (;;) {
      const rows = await ask<{ key: string; row: string }>(`FETCH ${PAGE_ROWS} FROM page`);
      if (rows.length === 0) return;
      for (const { key, row, ...stored } of rows) yield { key, row: storedJson(key, row), stored };
    }
  } finally {
    await ask('CLOSE page').catch(() => undefined);
  }
}

const UNDEFINED_TABLE = '42P01';
const INSUFFICIENT_PRIVILEGE = '42501';

function asFailure(error: unknown, url: string, schema: string): unknown {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  if (code === UNDEFINED_TABLE) return new TableGoneError(message);
  const finding = (message === undefined || message === '' ? String(code ?? error) : message).replace(/\s*\n\s*/g, ' ');
  const advice = code === INSUFFICIENT_PRIVILEGE ? `; grant the role USAGE on the schema ${schema} and SELECT on its tables` : '; check --database or SLIPWAY_DATABASE_URL';
  return new ReplayError(EXIT_CODES.logUnreadable, `the read models in ${serverLabel(url)} (schema ${schema}) cannot be read: ${finding}${advice}`);
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const INT8 = 20;

/** Bigints as numbers: those that were put in are. */
const typeParser = ((type: number, format?: 'text') =>
  type === INT8 ? Number : (pg.types.getTypeParser as (type: number, format?: 'text') => unknown)(type, format)) as typeof pg.types.getTypeParser;
