import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { DataSource, EntityMetadata } from 'typeorm';
import type { NodeSqliteDriver } from './node-sqlite-driver.js';
import type { AnyProjection } from './projection.js';
import { CHECKPOINT_TABLE } from './projection-database.js';
import { CheckpointMovedError, type ProjectionChange, type ProjectionSlot, type ProjectionStore } from './projection-store.js';
import type { AnyProjectionTable } from './projection-table.js';
import { digestRows } from './row-digest.js';

const KEYS_PER_QUERY_MAX = 500;

/**
 * Projections in tables that TypeORM made and reads, one SQLite file per service (`openProjectionDatabase`).
 *
 * Writing does not go through TypeORM: its one connection would show readers the rows of a transaction that is still
 * open, between any two awaits. A commit here runs without giving anybody a turn, so there is nothing to see halfway,
 * no lock to wait for, and it is ten times as fast.
 */
export function typeormProjectionStore(dataSource: DataSource, tables: readonly AnyProjectionTable[]): ProjectionStore {
  const { database } = (dataSource.driver as unknown as { readonly databaseConnection: NodeSqliteDriver }).databaseConnection;
  const copies = new Map<string, Copy>();
  for (const table of tables)
    for (const slot of ['live', 'beside'] as const) {
      const entity = slot === 'live' ? table.entity : table.besideEntity;
      copies.set(`${table.projection.name} ${slot}`, copyOf(dataSource, database, table, dataSource.getMetadata(entity)));
    }
  const find = ({ name }: AnyProjection, slot: ProjectionSlot): Copy => {
    const copy = copies.get(`${name} ${slot}`);
    if (copy === undefined) throw new Error(`projection ${name} has no table in this store`);
    return copy;
  };
  return {
    checkpoint: async (projection, slot) => find(projection, slot).checkpoint(),
    rows: async (projection, slot, keys) => find(projection, slot).rows(keys),
    commit: async (changes) => inTransaction(database, () => changes.forEach((change) => find(change.projection, change.slot).write(change))),
    clear: async (projection, slot) => inTransaction(database, () => find(projection, slot).clear()),
    switchOver: async (projection, reach) => {
      const [live, beside] = [find(projection, 'live'), find(projection, 'beside')];
      const reached = await reach?.(live.checkpoint());
      inTransaction(database, () => {
        if (reached !== undefined && reached !== beside.checkpoint()) throw new CheckpointMovedError(projection, reached, beside.checkpoint());
        live.takeFrom(beside);
      });
    },
    discardOtherVersions: async (projection) => {
      const kept = [find(projection, 'live').tableName, find(projection, 'beside').tableName];
      inTransaction(database, () => dropOthers(database, projection.name, kept));
      return true;
    },
    digest: async (projection, slot) => {
      const copy = find(projection, slot);
      return inTransaction(database, () => ({ checkpoint: copy.checkpoint(), ...digestRows(copy.all()) }), 'DEFERRED');
    },
  };
}

type Copy = ReturnType<typeof copyOf>;

/** One table, with its statements. Everything here is synchronous, to be called inside one transaction. */
function copyOf(dataSource: DataSource, database: DatabaseSync, table: AnyProjectionTable, metadata: EntityMetadata) {
  const { tableName } = metadata;
  const projectionName = table.projection.name;
  const columns = metadata.columns.map((column) => `"${column.databaseName}"`).join(', ');
  const updates = metadata.columns.map((column) => `"${column.databaseName}" = excluded."${column.databaseName}"`).join(', ');
  const marks = metadata.columns.map(() => '?').join(', ');
  const prepare = lazyStatements(database);
  const put = `INSERT INTO "${tableName}" (${columns}) VALUES (${marks}) ON CONFLICT ("key") DO UPDATE SET ${updates}`;
  const mark = `INSERT INTO "${CHECKPOINT_TABLE}" ("tableName", "projection", "position") VALUES (?, ?, ?)
    ON CONFLICT ("tableName") DO UPDATE SET "position" = excluded."position"`;
  const valuesOf = (key: string, row: unknown): SQLInputValue[] => {
    const entity = { key, row, ...table.toColumns(row) };
    return metadata.columns.map((column) => toSqlite(dataSource.driver.preparePersistentValue(column.getEntityValue(entity), column)));
  };
  const checkpoint = (): number =>
    Number(prepare(`SELECT "position" FROM "${CHECKPOINT_TABLE}" WHERE "tableName" = ?`).get(tableName)?.['position'] ?? 0);
  const clear = (): void => {
    prepare(`DELETE FROM "${tableName}"`).run();
    prepare(mark).run(tableName, projectionName, 0);
  };
  return {
    tableName,
    checkpoint,
    clear,
    *all(): Generator<readonly [string, unknown]> {
      for (const { key, row } of prepare(`SELECT "key", "row" FROM "${tableName}" ORDER BY "key"`).iterate())
        yield [String(key), JSON.parse(String(row))];
    },
    rows(keys: readonly string[]): Map<string, unknown> {
      const found = new Map<string, unknown>();
      const select = prepare(`SELECT "key", "row" FROM "${tableName}" WHERE "key" IN (SELECT value FROM json_each(?))`);
      for (let start = 0; start < keys.length; start += KEYS_PER_QUERY_MAX)
        for (const { key, row } of select.all(JSON.stringify(keys.slice(start, start + KEYS_PER_QUERY_MAX))))
          found.set(String(key), JSON.parse(String(row)));
      return found;
    },
    write({ projection, puts, deletes, from, checkpoint: next }: ProjectionChange): void {
      const actual = checkpoint();
      if (actual !== from) throw new CheckpointMovedError(projection, from, actual);
      for (const [key, row] of puts) prepare(put).run(...valuesOf(key, row));
      for (const key of deletes) prepare(`DELETE FROM "${tableName}" WHERE "key" = ?`).run(key);
      prepare(mark).run(tableName, projectionName, next);
    },
    takeFrom(beside: { readonly tableName: string; checkpoint(): number; clear(): void }): void {
      const next = beside.checkpoint();
      clear();
      prepare(`INSERT INTO "${tableName}" (${columns}) SELECT ${columns} FROM "${beside.tableName}"`).run();
      prepare(mark).run(tableName, projectionName, next);
      beside.clear();
    },
  };
}

function inTransaction<T>(database: DatabaseSync, work: () => T, kind: 'IMMEDIATE' | 'DEFERRED' = 'IMMEDIATE'): T {
  database.exec(`BEGIN ${kind}`);
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function dropOthers(database: DatabaseSync, projectionName: string, kept: readonly string[]): void {
  const others = database.prepare(`SELECT "tableName" FROM "${CHECKPOINT_TABLE}" WHERE "projection" = ?`).all(projectionName);
  for (const { tableName } of others) {
    if (kept.includes(String(tableName))) continue;
    database.exec(`DROP TABLE IF EXISTS "${String(tableName)}"`);
    database.prepare(`DELETE FROM "${CHECKPOINT_TABLE}" WHERE "tableName" = ?`).run(String(tableName));
  }
}

function lazyStatements(database: DatabaseSync): (sql: string) => StatementSync {
  const statements = new Map<string, StatementSync>();
  return (sql) => {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
}

function toSqlite(value: unknown): SQLInputValue {
  return typeof value === 'boolean' ? Number(value) : ((value ?? null) as SQLInputValue);
}
