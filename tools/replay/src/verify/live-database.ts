/** A table that a service serves from, as its database tells it. */
export type LiveTable = { readonly tableName: string; readonly projection: string };

/** `stored`: the columns beside key and row, by name, as `comparable` gives them. */
export type StoredRow = { readonly key: string; readonly row: unknown; readonly stored: Readonly<Record<string, unknown>> };

/** One consistent state of one table, while the services go on writing. */
export type LiveSnapshot = {
  readonly checkpoint: number;
  /** In the byte order of their keys. Throws UnreadableRowError. */
  rows(): AsyncIterable<StoredRow>;
};

/** The database of one service's read models, read-only. */
export interface LiveDatabase extends AsyncDisposable {
  /** Without those that are being built beside, which are nobody's yet. */
  tables(): Promise<readonly LiveTable[]>;
  /** Throws TableGoneError when the table is no longer there. */
  inSnapshot<T>(table: LiveTable, read: (snapshot: LiveSnapshot) => Promise<T>): Promise<T>;
  /** What this database makes of a column's value. */
  comparable(value: unknown): unknown;
}

/** What is wrong with the row, for people. */
export class UnreadableRowError extends Error {}

/** Another version of a service has taken its place meanwhile. */
export class TableGoneError extends Error {}

export const CHECKPOINT_TABLE = 'projection_checkpoints';
export const isBeside = (tableName: string): boolean => tableName.endsWith('_beside');
