import type { Client, ClientConfig, Pool } from 'pg';
import type { AnyProjection } from '../projection.js';
import { ImpatientClient } from './impatient-client.js';
import { checkpointTable, quoted, type PostgresCopy } from './postgres-copy.js';
import { inTransaction } from './postgres-transaction.js';

/** After the connection that says what is served here was lost, it is opened again after this, for as long as it takes. */
export const SERVED_RETRY_MS = 1_000;
/** It is asked this often whether it is still there: a connection can end without a word. */
export const SERVED_PING_MS = 30_000;
/** So long dropping a table waits for those that read it; it is tried again later anyway. */
export const DISCARD_LOCK_TIMEOUT_MS = 200;

/** One lock per table version: shared by all processes that serve it, taken alone by the one that drops it. */
const lockText = (schema: string, liveTableName: string): string => `slipway projection ${schema}.${liveTableName}`;

/** Says to all processes which table versions are served here, for as long as it is open. */
export class ServedVersions implements AsyncDisposable {
  readonly #config: ClientConfig;
  readonly #texts: readonly string[];
  readonly #onReopened: () => Promise<void>;
  #client: Client | null = null;
  #ping: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `onReopened`: somebody may have dropped the tables while the connection was lost. */
  constructor(config: ClientConfig, schema: string, copies: readonly PostgresCopy[], onReopened: () => Promise<void>) {
    this.#config = config;
    this.#texts = copies.filter(({ slot }) => slot === 'live').map(({ tableName }) => lockText(schema, tableName));
    this.#onReopened = onReopened;
  }

  async open(): Promise<void> {
    const client = new ImpatientClient(this.#config);
    const lost = (): void => {
      if (this.#client !== client) return;
      this.#client = null;
      clearInterval(this.#ping);
      this.#reopenLater();
    };
    client.on('error', lost);
    client.on('end', lost);
    try {
      await client.connect();
      await client.query('SELECT pg_advisory_lock_shared(hashtextextended(name, 0)) FROM unnest($1::text[]) AS name', [this.#texts]);
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
    this.#ping = setInterval(() => void client.query('SELECT 1').catch(() => undefined), SERVED_PING_MS).unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#ping);
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  #reopenLater(): void {
    if (this.#isClosed) return;
    this.#retry = setTimeout(() => {
      this.open().then(() => (this.#isClosed ? this[Symbol.asyncDispose]() : this.#onReopened())).catch(() => this.#reopenLater());
    }, SERVED_RETRY_MS);
  }
}

/** Drops the other tables of a projection that nobody serves. False: some are still served or read. */
export async function discardUnserved(pool: Pool, schema: string, projection: AnyProjection, kept: readonly string[]): Promise<boolean> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT DISTINCT regexp_replace("tableName", '_beside$', '') AS name FROM ${checkpointTable(schema)} WHERE "projection" = $1 AND NOT "tableName" = ANY ($2)`,
    [projection.name, [...kept]],
  );
  let isAll = true;
  for (const { name } of rows) if (!(await dropUnserved(pool, schema, name))) isAll = false;
  return isAll;
}

async function dropUnserved(pool: Pool, schema: string, name: string): Promise<boolean> {
  try {
    return await inTransaction(pool, async (client) => {
      await client.query(`SET LOCAL lock_timeout = ${DISCARD_LOCK_TIMEOUT_MS}`);
      const { rows } = await client.query<{ free: boolean }>('SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS free', [lockText(schema, name)]);
      if (rows[0]?.free !== true) return false;
      await client.query(`DROP TABLE IF EXISTS ${quoted(schema)}.${quoted(name)}, ${quoted(schema)}.${quoted(`${name}_beside`)}`);
      await client.query(`DELETE FROM ${checkpointTable(schema)} WHERE "tableName" IN ($1, $1 || '_beside')`, [name]);
      return true;
    });
  } catch (error) {
    if ((error as { readonly code?: string }).code === '55P03') return false; // somebody reads it
    throw error;
  }
}
