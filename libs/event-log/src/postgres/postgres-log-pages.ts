import type { EventFilter } from '../event-filter.js';
import type * as port from '../event-log.js';
import type { EventPage } from '../event-sequence.js';
import type { PostgresConnections } from './postgres-connection.js';
import { compileFilter, type PostgresEventFilter } from './postgres-event-filter.js';
import { asLogError } from './postgres-failures.js';
import { EVENT_COLUMNS, decodeRow, type EventRow } from './postgres-log-rows.js';

/** A page never holds more rows, nor, beyond one row, more stored bytes. */
export const PAGE_ROWS_MAX = 2_000;
export const PAGE_BYTES_MAX = 8_388_608;
/** With a filter, rows passed over in one query: some 5 ms of the server's time. */
export const SCAN_ROWS_MAX = 10_000;

/** A page of the log, and its head when the page was read. */
export type LogPage = EventPage & { readonly head: number };

/** The queries that read pages: one round trip each, the head included. */
export class PostgresLogPages {
  readonly #connections: PostgresConnections;
  readonly #events: string;

  constructor(connections: PostgresConnections) {
    this.#connections = connections;
    this.#events = `"${connections.schema}".events`;
  }

  // `bounds` is materialized: inlined, the page's edge would be computed again for every row.

  /** Events after a position, up to `end` or the head, whichever is first. */
  async after(after: number, end: number, filter: EventFilter, rowsMax: number): Promise<LogPage> {
    const compiled = compileFilter(filter, FILTER_PARAMETER);
    const events = this.#events;
    const bounds = `present AS (SELECT least($2::bigint, coalesce(max(position), 0)) AS head FROM ${events}),
      bounds AS MATERIALIZED (SELECT head, coalesce((SELECT position FROM ${events} WHERE position > $1::bigint AND position <= least(head, $1::bigint + $3::bigint)
        AND bytes_through <= coalesce((SELECT bytes_through FROM ${events} WHERE position = $1::bigint), 0) + ${PAGE_BYTES_MAX}
        ORDER BY position DESC LIMIT 1), least(head, $1::bigint + 1)) AS edge FROM present)`;
    const sql = this.#pageSql(bounds, 'position > $1::bigint AND position <= bounds.edge', 'ASC', compiled);
    const page = await this.#page(sql, [after, end], compiled, rowsMax);
    const last = page.full ? (page.events.at(-1)?.position ?? page.edge) : page.edge;
    return { events: page.events, next: last >= page.head ? null : last, head: page.head };
  }

  /** Events before a position, the last one first, down to `first`. */
  async before(before: number, first: number, filter: EventFilter, rowsMax: number): Promise<LogPage> {
    const compiled = compileFilter(filter, FILTER_PARAMETER);
    const events = this.#events;
    const bounds = `present AS (SELECT coalesce(max(position), 0) AS head FROM ${events}),
      newest AS (SELECT head, least(head + 1, $1::bigint) AS before FROM present),
      bounds AS MATERIALIZED (SELECT head, before, coalesce((SELECT position FROM ${events} WHERE position < before AND position >= greatest($2::bigint, before - $3::bigint)
        AND bytes_through > (SELECT bytes_through FROM ${events} WHERE position = before - 1) - ${PAGE_BYTES_MAX}
        ORDER BY position LIMIT 1), $2::bigint) AS edge FROM newest)`;
    const sql = this.#pageSql(bounds, 'position >= bounds.edge AND position < bounds.before', 'DESC', compiled);
    const page = await this.#page(sql, [before, first], compiled, rowsMax);
    const reached = page.full ? (page.events.at(-1)?.position ?? page.edge) : page.edge;
    return { events: page.events, next: reached <= first ? null : reached, head: page.head };
  }

  async stream(streamId: string, direction: port.Direction, from: number, rowsMax: number): Promise<EventPage> {
    const forwards = direction === 'forwards';
    const order = forwards ? 'revision' : 'revision DESC';
    const count = Math.min(rowsMax, PAGE_ROWS_MAX);
    const sql = `SELECT ${EVENT_COLUMNS}, candidates FROM (
        SELECT ${EVENT_COLUMNS}, count(*) OVER () AS candidates, row_number() OVER (ORDER BY ${order}) AS nth,
          sum(octet_length(metadata) + coalesce(octet_length(data), octet_length(data_bytes))) OVER (ORDER BY ${order}) AS bytes
        FROM (SELECT ${EVENT_COLUMNS} FROM ${this.#events} WHERE stream_id = $1 AND revision ${forwards ? '>=' : '<='} $2 ORDER BY ${order} LIMIT $3) AS near
      ) AS summed WHERE nth < $3 AND (bytes <= ${PAGE_BYTES_MAX} OR nth = 1) ORDER BY ${order}`;
    const rows = await this.#connections.rows<[...EventRow, number]>(sql, [streamId, from, count + 1]);
    const events = this.#decode(rows as unknown as EventRow[]);
    const candidates = rows[0]?.[10] ?? 0;
    const last = events.at(-1)?.revision ?? from;
    return { events, next: candidates > events.length && count > 0 ? last + (forwards ? 1 : -1) : null };
  }

  /** The inner query is fenced off by OFFSET, so that a prefix never tempts the planner to walk a whole category. */
  #pageSql(bounds: string, within: string, order: 'ASC' | 'DESC', { indexed, scanned }: PostgresEventFilter): string {
    const stretch = `SELECT ${EVENT_COLUMNS} FROM ${this.#events} WHERE ${within}${indexed} ORDER BY position ${order} OFFSET 0`;
    return `WITH ${bounds} SELECT bounds.head, bounds.edge, page.* FROM bounds LEFT JOIN LATERAL (
      SELECT * FROM (${stretch}) AS stretch${scanned} ORDER BY position ${order} LIMIT $4) AS page ON true ORDER BY position ${order}`;
  }

  async #page(sql: string, range: readonly number[], filter: PostgresEventFilter, rowsMax: number) {
    const count = Math.min(rowsMax, PAGE_ROWS_MAX);
    const plain = filter.indexed === '' && filter.scanned === '';
    const stretchRows = filter.rest !== null ? PAGE_ROWS_MAX : plain ? count : SCAN_ROWS_MAX;
    const values = [...range, stretchRows, filter.rest === null ? count : null, ...filter.values]; // what is left out afterwards must not count
    const rows = await this.#connections.rows<[head: number, edge: number, ...EventRow]>(sql, values);
    const [first] = rows;
    const found = first?.[2] === null ? [] : rows.map((row) => row.slice(2) as EventRow);
    const wanted = (filter.rest === null ? found : found.filter(filter.rest)).slice(0, count);
    return { events: this.#decode(wanted), full: wanted.length === count, head: first?.[0] ?? 0, edge: first?.[1] ?? 0 };
  }

  #decode(rows: readonly EventRow[]): port.RecordedEvent[] {
    try {
      return rows.map(decodeRow);
    } catch (error) {
      throw asLogError(error, this.#connections.label, 'not-written');
    }
  }
}

const FILTER_PARAMETER = 5;
