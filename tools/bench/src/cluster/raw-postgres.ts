import pg from 'pg';

/** Plain INSERTs of one row come over so many connections. */
export const SINGLE_INSERT_CONNECTIONS = 32;
const COLUMNS = 'position, stream_id, revision, id, type, version, recorded_at_ms, bytes_through, metadata, data, data_bytes, hash';
const TYPES = ['bigint', 'text', 'bigint', 'text', 'text', 'bigint', 'bigint', 'bigint', 'text', 'text', 'bytea', 'bytea'] as const;

/** All columns of one event, as the log has them. */
export type RawRow = readonly unknown[];

/**
 * Plain `pg`: the same rows into tables of the same columns and the same indexes, as durable as the log's. No head, no chain
 * of hashes, no look at revisions, no triggers: one statement and one transaction for as many rows as it is given.
 */
export class RawPostgres implements AsyncDisposable {
  readonly #pool: pg.Pool;

  private constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: SINGLE_INSERT_CONNECTIONS });
  }

  static async open(url: string): Promise<RawPostgres> {
    const raw = new RawPostgres(url);
    for (const table of ['raw_grouped', 'raw_single']) await raw.#pool.query(`CREATE TABLE ${table} (LIKE slipway_log.events INCLUDING CONSTRAINTS INCLUDING INDEXES)`);
    return raw;
  }

  /** What the log holds behind one position up to another. */
  async logRows(after: number, through: number): Promise<readonly RawRow[]> {
    const text = `SELECT ${COLUMNS} FROM slipway_log.events WHERE position > $1 AND position <= $2 ORDER BY position`;
    return (await this.#pool.query<unknown[]>({ text, values: [after, through], rowMode: 'array' })).rows;
  }

  /** By how many transactions these were written. */
  async transactions(after: number, through: number): Promise<number> {
    const text = 'SELECT count(DISTINCT xmin::text) FROM slipway_log.events WHERE position > $1 AND position <= $2';
    const { rows } = await this.#pool.query<[string]>({ text, values: [after, through], rowMode: 'array' });
    return Number(rows[0]?.[0] ?? 0);
  }

  /** One connection, one multi-row INSERT after the other. */
  async insertGrouped(rows: readonly RawRow[], rowsEach: number): Promise<void> {
    const client = await this.#pool.connect();
    const lists = TYPES.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
    const text = `INSERT INTO raw_grouped (${COLUMNS}) SELECT * FROM unnest(${lists})`;
    try {
      for (let start = 0; start < rows.length; start += rowsEach) {
        const group = rows.slice(start, start + rowsEach);
        await client.query({ name: 'grouped', text, values: TYPES.map((_type, column) => group.map((row) => row[column])) });
      }
    } finally {
      client.release();
    }
  }

  /** A row and a transaction each, over many connections. */
  async insertSingly(rows: readonly RawRow[]): Promise<void> {
    const marks = TYPES.map((_type, index) => `$${index + 1}`).join(', ');
    const waiting = rows.values();
    const write = async (): Promise<void> => {
      for (const row of waiting) await this.#pool.query({ name: 'single', text: `INSERT INTO raw_single (${COLUMNS}) VALUES (${marks})`, values: [...row] });
    };
    await Promise.all(Array.from({ length: SINGLE_INSERT_CONNECTIONS }, write));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.query('DROP TABLE raw_grouped, raw_single').catch(() => undefined); // the run has failed and the server is gone
    await this.#pool.end();
  }
}
