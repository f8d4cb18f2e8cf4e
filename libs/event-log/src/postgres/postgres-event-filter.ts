import { matchesPatterns, type EventFilter } from '../event-filter.js';
import type { EventRow } from './postgres-log-rows.js';

/** A filter as far as Postgres can apply it, and what is left for us: so unwanted rows are never sent, let alone parsed. */
export type PostgresEventFilter = {
  /** '' or ' AND …': what an index may help with. */
  readonly indexed: string;
  /** '' or ' WHERE …': looked at row by row, within the stretch that a page covers. */
  readonly scanned: string;
  readonly values: readonly (readonly string[])[];
  /** Null when Postgres does all of it. */
  readonly rest: ((row: EventRow) => boolean) | null;
};

/** `firstParameter` is the number of the first of its values. */
export function compileFilter(filter: EventFilter, firstParameter: number): PostgresEventFilter {
  const values: (readonly string[])[] = [];
  const parameter = (list: readonly string[]) => `$${firstParameter + values.push(list) - 1}::text[]`;
  const indexed = filter.types === undefined ? '' : ` AND type = ANY (${parameter(filter.types)})`;
  const scanned: string[] = [];
  if (filter.streamPrefixes !== undefined) scanned.push(`stream_id ^@ ANY (${parameter(filter.streamPrefixes)})`);
  if (filter.typePrefixes !== undefined) scanned.push(`type ^@ ANY (${parameter(filter.typePrefixes)})`);
  const patterned = filter.streamPattern !== undefined || filter.typePattern !== undefined;
  return {
    indexed,
    scanned: scanned.length === 0 ? '' : ` WHERE ${scanned.join(' AND ')}`,
    values,
    rest: patterned ? (row) => matchesPatterns(filter, { streamId: row[1], type: row[4] }) : null,
  };
}
