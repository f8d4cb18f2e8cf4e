import { createHash } from 'node:crypto';
import { canonicalJson, type AnyPureProjection } from '@slipway/domain';
import { briefJson } from '../readable-text.js';
import type { LiveDatabase, LiveTable, StoredRow } from './live-database.js';

/** Characters of a value in a finding. */
const VALUE_CHARACTERS_MAX = 120;

/** Equal rows give equal hashes, whichever database holds them. */
export type TableDigest = { readonly checkpoint: number; readonly rows: number; readonly hash: string };

/** Of one consistent state of the table; `onRow` sees every row on the way. */
export function digestTable(database: LiveDatabase, table: LiveTable, onRow: (row: StoredRow) => void = () => undefined): Promise<TableDigest> {
  return database.inSnapshot(table, async ({ checkpoint, rows }) => {
    const hash = createHash('sha256');
    let count = 0;
    for await (const row of rows()) {
      onRow(row);
      hash.update(`${JSON.stringify(row.key)} ${canonicalJson(row.row)}\n`);
      count++;
    }
    return { checkpoint, rows: count, hash: hash.digest('hex') };
  });
}

/** The same; each row's columns must be those that its projection derives from it: the first that is not, or null. */
export async function digestLive(database: LiveDatabase, table: LiveTable, projection: AnyPureProjection): Promise<TableDigest & { readonly columnFinding: string | null }> {
  let columnFinding: string | null = null;
  const digest = await digestTable(database, table, (row) => (columnFinding ??= wrongColumn(database, projection, row)));
  return { ...digest, columnFinding };
}

/** Columns of another shape were written by another release, and are not compared. */
function wrongColumn(database: LiveDatabase, projection: AnyPureProjection, { key, row, stored }: StoredRow): string | null {
  let derived: Readonly<Record<string, unknown>>;
  try {
    derived = projection.columns(row);
  } catch (error) {
    return `row ${key} is none of ${projection.name}: ${(error as Error).message}`;
  }
  const names = Object.keys(derived).sort();
  if (names.join() !== Object.keys(stored).sort().join()) return null;
  for (const name of names) {
    const value = database.comparable(derived[name]);
    if (value === stored[name]) continue;
    const [live, rebuilt] = [briefJson(stored[name], VALUE_CHARACTERS_MAX), briefJson(value, VALUE_CHARACTERS_MAX)];
    return `row ${key} differs from its row at column ${name}: live ${live}, rebuilt ${rebuilt}`;
  }
  return null;
}
