import { DatabaseSync } from 'node:sqlite';
import { CHECKPOINT_TABLE, isBeside, type LiveDatabase, type LiveSnapshot, type LiveTable, type StoredRow } from './live-database.js';
import { storedJson } from './stored-json.js';

const BUSY_TIMEOUT_MS = 5_000;

/** Throws SQLite's own errors, with their `errcode`. */
export function openSqliteLiveDatabase(file: string): LiveDatabase {
  const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  return {
    tables: async () => tablesOf(database),
    inSnapshot: (table, read) => inSnapshot(database, table, read),
    comparable: (value) => (typeof value === 'boolean' ? Number(value) : value),
    [Symbol.asyncDispose]: async () => database.close(),
  };
}

function tablesOf(database: DatabaseSync): readonly LiveTable[] {
  if (database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(CHECKPOINT_TABLE) === undefined) return [];
  const rows = database.prepare(`SELECT "tableName", "projection" FROM "${CHECKPOINT_TABLE}" ORDER BY "tableName"`).all();
  const tables = rows.map(({ tableName, projection }) => ({ tableName: String(tableName), projection: String(projection) }));
  return tables.filter(({ tableName }) => !isBeside(tableName));
}

async function inSnapshot<T>(database: DatabaseSync, { tableName }: LiveTable, read: (snapshot: LiveSnapshot) => Promise<T>): Promise<T> {
  database.exec('BEGIN');
  try {
    const position = database.prepare(`SELECT "position" FROM "${CHECKPOINT_TABLE}" WHERE "tableName" = ?`).get(tableName)?.['position'];
    return await read({ checkpoint: Number(position ?? 0), rows: () => rowsOf(database, tableName) });
  } finally {
    database.exec('COMMIT');
  }
}

async function* rowsOf(database: DatabaseSync, tableName: string): AsyncGenerator<StoredRow> {
  const select = database.prepare(`SELECT * FROM "${tableName.replaceAll('"', '""')}" ORDER BY "key"`);
  for (const { key: storedKey, row, ...stored } of select.iterate()) {
    const key = String(storedKey);
    yield { key, row: storedJson(key, row), stored };
  }
}
