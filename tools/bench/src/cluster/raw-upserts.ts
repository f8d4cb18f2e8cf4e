import type { ProjectionChange, ProjectionStore } from '@slipway/event-log';
import type { AnyProjectionTable } from '@slipway/event-log/read-models';
import type pg from 'pg';

/** Upserts kept for the plain client: a part of all, evenly taken. */
const BATCHES_EVERY = 8;
const UPSERTS_KEPT_MAX = 150_000;

type Batch = { readonly projection: string; readonly rows: ReadonlyMap<string, unknown> };

/** Lets commits through to a store, counts the rows they put, and keeps some of them. */
export class UpsertCounter {
  readonly batches: Batch[] = [];
  #upserts = 0;
  #commits = 0;
  #kept = 0;

  get upserts(): number {
    return this.#upserts;
  }

  counting(store: ProjectionStore): ProjectionStore {
    return {
      ...store,
      commit: async (changes) => {
        for (const change of changes) this.#take(change);
        return store.commit(changes);
      },
    };
  }

  #take({ projection, puts }: ProjectionChange): void {
    if (puts.size === 0) return;
    this.#upserts += puts.size;
    if (this.#commits++ % BATCHES_EVERY !== 0 || this.#kept >= UPSERTS_KEPT_MAX) return;
    this.batches.push({ projection: projection.name, rows: puts });
    this.#kept += puts.size;
  }
}

type Column = { readonly name: string; readonly type: string };
/** By projection. */
type Statements = ReadonlyMap<string, { readonly table: string; readonly text: string; readonly columns: readonly Column[] }>;

/** Plain `pg`: tables of the same columns and indexes, one statement for each batch; no checkpoint, and nothing is read or folded. */
export class RawUpserts {
  readonly #pool: pg.Pool;
  readonly #statements: Statements;

  private constructor(pool: pg.Pool, statements: Statements) {
    this.#pool = pool;
    this.#statements = statements;
  }

  /** Once the projections' own tables are there. */
  static async open(pool: pg.Pool, schema: string, tables: readonly AnyProjectionTable[]): Promise<RawUpserts> {
    const statements = new Map<string, { readonly table: string; readonly text: string; readonly columns: readonly Column[] }>();
    for (const { entity, projection } of tables) {
      const table = `"raw_${entity.options.name}"`;
      await pool.query(`CREATE TABLE ${table} (LIKE "${schema}"."${entity.options.name}" INCLUDING ALL)`);
      const columns = await columnsOf(pool, schema, entity.options.name);
      statements.set(projection.name, { table, columns, text: upsert(table, columns) });
    }
    return new RawUpserts(pool, statements);
  }

  /** Into empty tables. Answers upserts per second. */
  async replay(batches: readonly Batch[], tables: readonly AnyProjectionTable[]): Promise<number> {
    for (const { table } of this.#statements.values()) await this.#pool.query(`TRUNCATE ${table}`);
    const queries = batches.map((batch) => this.#query(batch, tables)); // made beforehand: that is not what Postgres takes
    const startedAtMs = performance.now();
    for (const query of queries) await this.#pool.query(query);
    const upserts = batches.reduce((sum, { rows }) => sum + rows.size, 0);
    return (upserts * 1_000) / (performance.now() - startedAtMs);
  }

  #query({ projection, rows }: Batch, tables: readonly AnyProjectionTable[]): pg.QueryConfig {
    const statement = this.#statements.get(projection);
    const table = tables.find((candidate) => candidate.projection.name === projection);
    if (statement === undefined || table === undefined) throw new Error(`there is no table of ${projection}`);
    const entities = [...rows].map(([key, row]): Record<string, unknown> => ({ key, row: JSON.stringify(row), ...table.toColumns(row) }));
    return { name: `raw-${projection}`, text: statement.text, values: statement.columns.map(({ name }) => entities.map((entity) => entity[name] ?? null)) };
  }
}

async function columnsOf(pool: pg.Pool, schema: string, table: string): Promise<readonly Column[]> {
  const text = 'SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position';
  return (await pool.query<Column>(text, [schema, table])).rows;
}

function upsert(table: string, columns: readonly Column[]): string {
  const names = columns.map(({ name }) => `"${name}"`);
  const lists = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
  const updates = names.filter((name) => name !== '"key"').map((name) => `${name} = excluded.${name}`);
  return `INSERT INTO ${table} (${names.join(', ')}) SELECT * FROM unnest(${lists}) ON CONFLICT ("key") DO UPDATE SET ${updates.join(', ')}`;
}
