import type { DatabaseSync } from 'node:sqlite';
import type { AnyPureProjection } from '@slipway/domain';
import { digestRows } from '@slipway/event-log';
import { briefJson } from '../readable-text.js';

/** Characters of a value in a finding. */
const VALUE_CHARACTERS_MAX = 120;
const CHECKPOINTS = 'projection_checkpoints';

export type LiveTable = { readonly tableName: string; readonly projection: string };
export type LiveRow = { readonly key: string; readonly row: unknown };
export type LiveDigest = { readonly checkpoint: number; readonly rows: number; readonly hash: string; readonly columnFinding: string | null };

/** The tables a service serves from, as its database tells it; what is being built beside is nobody's yet. */
export function liveTables(database: DatabaseSync): readonly LiveTable[] {
  if (database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(CHECKPOINTS) === undefined) return [];
  const rows = database.prepare(`SELECT "tableName", "projection" FROM "${CHECKPOINTS}" ORDER BY "tableName"`).all();
  const tables = rows.map(({ tableName, projection }) => ({ tableName: String(tableName), projection: String(projection) }));
  return tables.filter(({ tableName }) => !tableName.endsWith('_beside'));
}

/** Rows and checkpoint of one consistent state, while the service goes on writing. */
export function inSnapshot<T>(database: DatabaseSync, read: () => T): T {
  database.exec('BEGIN');
  try {
    return read();
  } finally {
    database.exec('COMMIT');
  }
}

export function liveCheckpoint(database: DatabaseSync, { tableName }: LiveTable): number {
  return Number(database.prepare(`SELECT "position" FROM "${CHECKPOINTS}" WHERE "tableName" = ?`).get(tableName)?.['position'] ?? 0);
}

/** Digests the rows; on the way, each row's columns must be those that its projection derives from it. */
export function digestLive(database: DatabaseSync, table: LiveTable, projection: AnyPureProjection): LiveDigest {
  let columnFinding: string | null = null;
  const rows = function* (): Generator<readonly [string, unknown]> {
    for (const { key, row, stored } of storedRows(database, table)) {
      columnFinding ??= wrongColumn(projection, key, row, stored);
      yield [key, row];
    }
  };
  const digest = digestRows(rows());
  return { checkpoint: liveCheckpoint(database, table), ...digest, columnFinding };
}

/** In the byte order of their keys. */
export function* liveRows(database: DatabaseSync, table: LiveTable): Generator<LiveRow> {
  for (const { key, row } of storedRows(database, table)) yield { key, row };
}

type StoredRow = LiveRow & { readonly stored: Readonly<Record<string, unknown>> };

function* storedRows(database: DatabaseSync, { tableName }: LiveTable): Generator<StoredRow> {
  const select = database.prepare(`SELECT * FROM "${tableName.replaceAll('"', '""')}" ORDER BY "key"`);
  for (const { key: storedKey, row, ...stored } of select.iterate()) {
    const key = String(storedKey);
    yield { key, row: jsonOf(key, row), stored };
  }
}

function jsonOf(key: string, text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    throw new UnreadableRowError(`row ${key} is no JSON: ${briefJson(String(text), VALUE_CHARACTERS_MAX)}`);
  }
}

export class UnreadableRowError extends Error {}

/** Columns of another shape were written by another release, and are not compared. */
function wrongColumn(projection: AnyPureProjection, key: string, row: unknown, stored: Readonly<Record<string, unknown>>): string | null {
  let derived: Readonly<Record<string, unknown>>;
  try {
    derived = projection.columns(row);
  } catch (error) {
    return `row ${key} is none of ${projection.name}: ${(error as Error).message}`;
  }
  const names = Object.keys(derived).sort();
  if (names.join() !== Object.keys(stored).sort().join()) return null;
  for (const name of names) {
    const value = typeof derived[name] === 'boolean' ? Number(derived[name]) : derived[name];
    if (value === stored[name]) continue;
    const [live, rebuilt] = [briefJson(stored[name], VALUE_CHARACTERS_MAX), briefJson(value, VALUE_CHARACTERS_MAX)];
    return `row ${key} differs from its row at column ${name}: live ${live}, rebuilt ${rebuilt}`;
  }
  return null;
}
