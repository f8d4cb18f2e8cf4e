import { Client, type Pool, type PoolClient } from 'pg';

/** Told to everybody who listens when a lease has become free; the payload is `<schema>.<name>`. */
export const LEASE_CHANNEL = 'slipway_leases';

/** One row per name. Every time in it is of the database's clock; nobody else's is ever asked. */
export class LeaseTable {
  readonly #pool: Pool;
  readonly #schema: string;
  readonly #table: string;
  #prepared: Promise<void> | null = null;
  /** Questions under way: a pool that is ended forgets who waits for a connection from it. */
  readonly #asked = new Set<Promise<unknown>>();

  constructor(pool: Pool, schema: string) {
    this.#pool = pool;
    this.#schema = schema;
    this.#table = `${Client.prototype.escapeIdentifier(schema)}.leases`;
  }

  /** The new epoch, or null when somebody else holds it. What `holder` itself won without hearing of it is its own. */
  async take(name: string, holder: string, ttlMs: number): Promise<number | null> {
    const isFree = `(lease.expires_at <= clock_timestamp() OR lease.holder = $2)`;
    const sql = `INSERT INTO ${this.#table} AS lease (name, holder, epoch, expires_at)
      SELECT $1, $2, 1, clock_timestamp() + $3::double precision * interval '1 ms'
      WHERE NOT EXISTS (SELECT FROM ${this.#table} AS lease WHERE name = $1 AND NOT ${isFree})
      ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = lease.epoch + 1, expires_at = excluded.expires_at
      WHERE ${isFree}
      RETURNING epoch`;
    const { rows } = await this.#query<{ epoch: string }>(sql, [name, holder, ttlMs]);
    return rows[0] === undefined ? null : Number(rows[0].epoch);
  }

  /** False when it has expired or is somebody else's. */
  async renew(name: string, holder: string, epoch: number, ttlMs: number): Promise<boolean> {
    const sql = `UPDATE ${this.#table} SET expires_at = clock_timestamp() + $4::double precision * interval '1 ms'
      WHERE name = $1 AND holder = $2 AND epoch = $3 AND expires_at > clock_timestamp()`;
    return (await this.#query(sql, [name, holder, epoch, ttlMs])).rowCount === 1;
  }

  async release(name: string, holder: string, epoch: number): Promise<void> {
    const sql = `WITH released AS (
        UPDATE ${this.#table} SET expires_at = '-infinity' WHERE name = $1 AND holder = $2 AND epoch = $3 RETURNING name)
      SELECT pg_notify('${LEASE_CHANNEL}', $4) FROM released`;
    await this.#query(sql, [name, holder, epoch, this.payload(name)]);
  }

  payload(name: string): string {
    return `${this.#schema}.${name}`;
  }

  /** Resolves when every question asked so far has been answered, or has failed. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#asked);
  }

  async #query<Row extends object>(sql: string, values: readonly unknown[]) {
    const answer = this.#ask<Row>(sql, values);
    this.#asked.add(answer);
    try {
      return await answer;
    } finally {
      this.#asked.delete(answer);
    }
  }

  async #ask<Row extends object>(sql: string, values: readonly unknown[]) {
    try {
      await (this.#prepared ??= this.#prepare());
      return await this.#pool.query<Row>(sql, [...values]);
    } catch (error) {
      this.#prepared = null; // the database may be another one by the time it answers again
      throw error;
    }
  }

  async #prepare(): Promise<void> {
    if (await isThere(this.#pool, this.#table)) return;
    const client = await this.#pool.connect();
    client.on('error', ignoreLoss);
    try {
      await client.query('BEGIN');
      await client.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [`slipway leases ${this.#schema}`]);
      await this.#create(client);
      await client.query('COMMIT');
      client.off('error', ignoreLoss);
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  async #create(client: PoolClient): Promise<void> {
    const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [this.#schema]);
    // Asked for first: a role that may not create schemas may not even say IF NOT EXISTS.
    if (rowCount === 0) await client.query(`CREATE SCHEMA ${Client.prototype.escapeIdentifier(this.#schema)}`);
    await client.query(`CREATE TABLE IF NOT EXISTS ${this.#table}
      (name text PRIMARY KEY, holder text NOT NULL, epoch bigint NOT NULL, expires_at timestamptz NOT NULL)`);
  }
}

/** Without a listener a connection that is cut would end the process; the question on it, or the next one, fails. */
const ignoreLoss = (): undefined => undefined;

async function isThere(pool: Pool, table: string): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [table]);
  return rows[0]?.found === true;
}
