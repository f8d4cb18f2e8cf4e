import { matchesPatterns, type EventFilter } from './event-filter.js';
import type { EventRow } from './sqlite-log-schema.js';

/** A filter as far as SQLite can apply it, and what is left for us: so unwanted rows are never copied out, let alone parsed. */
export type SqliteEventFilter = {
  /** '' or ' AND …' */
  readonly sql: string;
  readonly parameters: readonly string[];
  /** Null when SQLite does all of it. */
  readonly rest: ((row: EventRow) => boolean) | null;
};

export function compileFilter(filter: EventFilter): SqliteEventFilter {
  const conditions: string[] = [];
  const parameters: string[] = [];
  const anyOf = (values: readonly string[] | undefined, condition: string) => {
    if (values === undefined) return;
    conditions.push(values.length === 0 ? '0' : `(${values.map(() => condition).join(' OR ')})`);
    parameters.push(...values);
  };
  if (filter.types !== undefined) {
    conditions.push(`type IN (${filter.types.map(() => '?').join(', ')})`);
    parameters.push(...filter.types);
  }
  anyOf(filter.streamPrefixes, 'instr(stream_id, ?) = 1');
  anyOf(filter.typePrefixes, 'instr(type, ?) = 1');
  const patterned = filter.streamPattern !== undefined || filter.typePattern !== undefined;
  return {
    sql: conditions.map((condition) => ` AND ${condition}`).join(''),
    parameters,
    rest: patterned ? (row) => matchesPatterns(filter, { streamId: row[1], type: row[4] }) : null,
  };
}
