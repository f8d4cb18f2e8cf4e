import { escapeIdentifier, Pool, type QueryResult, type QueryResultRow } from 'pg';
import { secretCipher, secretName, secretReference } from './secret-cipher.js';
import type { SecretStore } from './secret-store.js';

export const SECRET_CONNECTIONS_MAX = 2;
export const SECRET_CONNECT_TIMEOUT_MS = 3_000;
export const SECRET_STATEMENT_TIMEOUT_MS = 5_000;

export type PostgresSecretStoreOptions = {
  /** `postgres://…` */
  readonly url: string;
  readonly masterKey: Buffer | string;
  /** Default `slipway_secrets`; made when missing. */
  readonly schema?: string;
};

/**
 * One encrypted row per secret, the same bytes as `fileSecretStore` writes, so that several processes with one master
 * key share them and whoever reads the database alone learns nothing but how long they are. Rejects when the server
 * cannot be reached or the role may not do what is needed; later outages fail the call at hand and nothing else.
 * Closing it answers what was asked before. `get` throws when a row was damaged or belongs to another master key.
 */
export async function postgresSecretStore(options: PostgresSecretStoreOptions): Promise<SecretStore & AsyncDisposable> {
  const { url, masterKey, schema = 'slipway_secrets' } = options;
  const pool = new Pool({
    connectionString: url,
    application_name: 'slipway-secrets',
    max: SECRET_CONNECTIONS_MAX,
    connectionTimeoutMillis: SECRET_CONNECT_TIMEOUT_MS,
    statement_timeout: SECRET_STATEMENT_TIMEOUT_MS,
    query_timeout: SECRET_STATEMENT_TIMEOUT_MS,
    keepAlive: true,
  });
  pool.on('error', () => undefined); // an idle connection was cut: the next question opens another
  const table = `${escapeIdentifier(schema)}.secrets`;
  try {
    await makeTable(pool, schema, table);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const cipher = secretCipher(masterKey);
  // A pool that is ended forgets who waits for a connection from it.
  const waiting = new Set<Promise<unknown>>();
  let isClosed = false;
  const query = async <Row extends QueryResultRow>(text: string, values: readonly unknown[]): Promise<QueryResult<Row>> => {
    if (isClosed) throw new Error('the store of secrets is closed');
    const answer = pool.query<Row>(text, [...values]);
    waiting.add(answer);
    try {
      return await answer;
    } finally {
      waiting.delete(answer);
    }
  };
  return {
    async put(value) {
      const name = cipher.nameOf(value);
      await query(`INSERT INTO ${table} (name, content) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, [name, cipher.encrypt(name, value)]);
      return secretReference(name);
    },
    async get(reference) {
      const name = secretName(reference);
      if (name === null) return null;
      const { rows } = await query<{ content: Buffer }>(`SELECT content FROM ${table} WHERE name = $1`, [name]);
      return rows[0] === undefined ? null : cipher.decrypt(name, rows[0].content);
    },
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      isClosed = true;
      await Promise.allSettled(waiting);
      await pool.end();
    },
  };
}

/** Several processes may start at once, and a role that may only read and write finds the table made for it. */
async function makeTable(pool: Pool, schema: string, table: string): Promise<void> {
  const { rows } = await pool.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [table]);
  if (rows[0]?.found === true) return;
  const client = await pool.connect();
  client.on('error', ignoreLoss);
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`slipway secrets ${schema}`]);
    const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
    // Asked for first: a role that may not create schemas may not even say IF NOT EXISTS.
    if (rowCount === 0) await client.query(`CREATE SCHEMA ${escapeIdentifier(schema)}`);
    await client.query(`CREATE TABLE IF NOT EXISTS ${table} (name text COLLATE "C" PRIMARY KEY, content bytea NOT NULL)`);
    await client.query('COMMIT');
    client.off('error', ignoreLoss);
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** Without a listener a connection that is cut would end the process; the question on it, or the next one, fails. */
const ignoreLoss = (): undefined => undefined;
