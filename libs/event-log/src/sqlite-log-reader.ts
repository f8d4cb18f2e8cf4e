import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type * as port from './event-log.js';
import { eventSequence, type EventPage, type EventSequence } from './event-sequence.js';
import { Follower, type FollowSource } from './follower.js';
import { CorruptLogError, LogClosedError } from './log-errors.js';
import { compileFilter, type SqliteEventFilter } from './sqlite-event-filter.js';
import { EVENT_COLUMNS, decodeRow, type EventRow } from './sqlite-log-schema.js';
import { requireStreamId } from './stream-id.js';

/** A page never holds more rows, nor, beyond its first row, more stored bytes. */
export const PAGE_ROWS_MAX = 2_000;
export const PAGE_BYTES_MAX = 8_388_608;
/** With a filter, rows passed over in one go: about 5 ms of an event loop's time. */
export const SCAN_ROWS_MAX = 10_000;
const STATEMENTS_MAX = 64;

/** Where the reader gets its database from (null: there is no log yet), and how it hears of changes. */
export type SqliteLogAccess = {
  readonly path: string;
  database(): DatabaseSync | null;
  onChange(listener: () => void): () => void;
};

/** Reading, the same for the process that writes the log and for those that only follow it. */
export class SqliteLogReader implements port.EventLogReader {
  readonly #access: SqliteLogAccess;
  readonly #statements = new Map<string, StatementSync>();
  readonly #closing = new AbortController();

  constructor(access: SqliteLogAccess) {
    this.#access = access;
  }

  async readStream(streamId: string, options: port.StreamReadOptions = {}): Promise<port.StreamRead> {
    requireStreamId(streamId);
    if (this.lastRevision(streamId) === -1) return { notFound: true };
    const { direction = 'forwards', fromRevision, limit } = options;
    const from = fromRevision ?? (direction === 'forwards' ? 0 : Number.MAX_SAFE_INTEGER);
    const readPage = (start: number, rowsMax: number) => this.#streamPage(streamId, direction, start, rowsMax);
    return { found: eventSequence(() => ({ from, readPage }), limit) };
  }

  readAll(options: port.LogReadOptions = {}): EventSequence {
    const { direction = 'forwards', after = 0, before = Number.MAX_SAFE_INTEGER, limit, filter = {} } = options;
    const compiled = compileFilter(filter);
    return eventSequence(() => {
      const head = this.headPosition(); // a reader slower than the writers must come to an end all the same
      if (direction === 'backwards')
        return { from: Math.min(before, head + 1), readPage: (from, rowsMax) => this.#pageBefore(from, compiled, rowsMax) };
      return { from: after, readPage: (from, rowsMax) => this.#pageAfter(from, head, compiled, rowsMax) };
    }, limit);
  }

  follow({ after, filter = {}, signal }: port.FollowOptions): AsyncIterableIterator<port.FollowMessage> {
    const compiled = compileFilter(filter);
    const source: FollowSource = {
      readAfter: (position) => {
        const head = this.headPosition();
        const { events, next } = this.#pageAfter(position, head, compiled, PAGE_ROWS_MAX);
        return { events, scannedTo: next ?? Math.max(head, position), atEnd: next === null };
      },
      numberOf: (event) => event.position,
      onChange: (listener) => this.#access.onChange(listener),
    };
    return this.#follower(source, after === 'end' ? this.headPosition() : after, signal);
  }

  followStream(streamId: string, { afterRevision, signal }: port.FollowStreamOptions): AsyncIterableIterator<port.FollowMessage> {
    requireStreamId(streamId);
    const source: FollowSource = {
      readAfter: (revision) => {
        const { events, next } = this.#streamPage(streamId, 'forwards', revision + 1, PAGE_ROWS_MAX);
        return { events, scannedTo: events.at(-1)?.revision ?? revision, atEnd: next === null };
      },
      numberOf: (event) => event.revision,
      onChange: (listener) => this.#access.onChange(listener),
    };
    return this.#follower(source, afterRevision === 'end' ? this.lastRevision(streamId) : afterRevision, signal);
  }

  async *listStreams({ prefix = '' }: { readonly prefix?: string } = {}): AsyncGenerator<port.StreamHead> {
    // One index seek per stream, however many events it has.
    for (let comparison = '>=', from = prefix; ; comparison = '>') {
      const [row] = this.#rows(`SELECT stream_id FROM events WHERE stream_id ${comparison} ? ORDER BY stream_id, revision LIMIT 1`, [from]);
      const streamId = row?.[0];
      if (typeof streamId !== 'string' || !streamId.startsWith(prefix)) return;
      yield { streamId, revision: this.lastRevision(streamId) };
      from = streamId;
    }
  }

  async findEvent(streamId: string, eventId: string): Promise<number | null> {
    // Walks the stream, at less than 1 µs an event. An index by id would cost every append a page of its own.
    const sql = 'SELECT revision FROM events WHERE stream_id = ? AND id = ? ORDER BY revision LIMIT 1';
    const [row] = this.#rows(sql, [streamId, eventId]);
    return row === undefined ? null : Number(row[0]);
  }

  async head(): Promise<number> {
    return this.headPosition();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#statements.clear();
  }

  headPosition(): number {
    const [row] = this.#rows('SELECT position FROM events ORDER BY position DESC LIMIT 1', []);
    return row === undefined ? 0 : Number(row[0]);
  }

  /** -1 when there is no such stream. */
  lastRevision(streamId: string): number {
    const sql = 'SELECT revision FROM events WHERE stream_id = ? ORDER BY revision DESC LIMIT 1';
    const [row] = this.#rows(sql, [streamId]);
    return row === undefined ? -1 : Number(row[0]);
  }

  /** Statements are prepared once per database: call this when the database behind `access` is another one. */
  forgetStatements(): void {
    this.#statements.clear();
  }

  #follower(source: FollowSource, after: number, signal: AbortSignal | undefined): Follower {
    this.#requireOpen();
    return new Follower(source, after, [signal, this.#closing.signal]);
  }

  #pageAfter(after: number, head: number, filter: SqliteEventFilter, rowsMax: number): EventPage {
    if (after >= head) return { events: [], next: null };
    const last = this.#stretchEnd(after, Math.min(head, after + stretchRows(filter, rowsMax)));
    const sql = `SELECT ${EVENT_COLUMNS} FROM events WHERE position > ? AND position <= ?${filter.sql} ORDER BY position LIMIT ?`;
    const events = this.#events(sql, [after, last, ...filter.parameters], filter, pageRows(rowsMax));
    const end = events.length === pageRows(rowsMax) ? (events.at(-1)?.position ?? last) : last;
    return { events, next: end >= head ? null : end };
  }

  #pageBefore(before: number, filter: SqliteEventFilter, rowsMax: number): EventPage {
    let first = Math.max(1, before - stretchRows(filter, rowsMax));
    while (this.#stretchEnd(first - 1, before - 1) < before - 1) first += Math.ceil((before - first) / 2);
    const sql = `SELECT ${EVENT_COLUMNS} FROM events WHERE position >= ? AND position < ?${filter.sql} ORDER BY position DESC LIMIT ?`;
    const events = this.#events(sql, [first, before, ...filter.parameters], filter, pageRows(rowsMax));
    const end = events.length === pageRows(rowsMax) ? (events.at(-1)?.position ?? first) : first;
    return { events, next: end <= 1 ? null : end };
  }

  /** The last position up to `last` such that what lies after `after` fits a page; at least one row. */
  #stretchEnd(after: number, last: number): number {
    const start = this.#bytesThrough(after);
    let low = after + 1;
    let high = last;
    while (low < high) {
      const probe = low === after + 1 && high === last ? last : Math.ceil((low + high) / 2);
      if (this.#bytesThrough(probe) - start <= PAGE_BYTES_MAX) low = probe;
      else high = probe - 1;
    }
    return low;
  }

  #bytesThrough(position: number): number {
    if (position === 0) return 0;
    const [row] = this.#rows('SELECT bytes_through FROM events WHERE position = ?', [position]);
    if (row === undefined) throw new CorruptLogError(this.#access.path, `position ${position} is missing`, position - 1);
    return Number(row[0]);
  }

  #streamPage(streamId: string, direction: port.Direction, from: number, rowsMax: number): EventPage {
    const forwards = direction === 'forwards';
    const order = forwards ? 'revision >= ? ORDER BY revision' : 'revision <= ? ORDER BY revision DESC';
    const statement = this.#statement(`SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? AND ${order} LIMIT ?`);
    const rows: EventRow[] = [];
    let more = false;
    if (statement !== null)
      this.#reading(() => {
        let bytes = 0;
        for (const row of statement.iterate(streamId, from, pageRows(rowsMax) + 1) as unknown as Iterable<EventRow>) {
          bytes += row[8].length;
          more = rows.length === pageRows(rowsMax) || (rows.length > 0 && bytes > PAGE_BYTES_MAX);
          if (more) break;
          rows.push(row);
        }
      });
    const events = this.#reading(() => rows.map(decodeRow));
    const last = events.at(-1)?.revision ?? from;
    return { events, next: more ? last + (forwards ? 1 : -1) : null };
  }

  #events(sql: string, parameters: readonly SQLInputValue[], filter: SqliteEventFilter, rowsMax: number): port.RecordedEvent[] {
    const unlimited = -1; // what is left out afterwards must not count
    const rows = this.#rows(sql, [...parameters, filter.rest === null ? rowsMax : unlimited]) as unknown as EventRow[];
    const wanted = filter.rest === null ? rows : rows.filter(filter.rest).slice(0, rowsMax);
    return this.#reading(() => wanted.map(decodeRow));
  }

  #rows(sql: string, parameters: readonly SQLInputValue[]): unknown[][] {
    return this.#reading(() => (this.#statement(sql)?.all(...parameters) ?? []) as unknown as unknown[][]);
  }

  #statement(sql: string): StatementSync | null {
    this.#requireOpen();
    const database = this.#access.database();
    if (database === null) return null;
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const prepared = database.prepare(sql);
    prepared.setReturnArrays(true);
    const [oldest] = this.#statements.keys();
    if (this.#statements.size >= STATEMENTS_MAX && oldest !== undefined) this.#statements.delete(oldest);
    this.#statements.set(sql, prepared);
    return prepared;
  }

  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw damageOr(error, this.#access.path);
    }
  }

  #requireOpen(): void {
    if (this.#closing.signal.aborted) throw new LogClosedError();
  }
}

/** SQLite's and JSON's ways of saying that the file is not what was written become one typed error. */
export function damageOr(error: unknown, path: string): unknown {
  const primaryCode = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
  const damaged = primaryCode === SQLITE_CORRUPT || primaryCode === SQLITE_NOTADB || error instanceof SyntaxError;
  return damaged ? new CorruptLogError(path, (error as Error).message, null, error) : error;
}

const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

const pageRows = (rowsMax: number): number => Math.min(rowsMax, PAGE_ROWS_MAX);

function stretchRows(filter: SqliteEventFilter, rowsMax: number): number {
  return filter.rest === null && filter.sql !== '' ? SCAN_ROWS_MAX : filter.rest === null ? pageRows(rowsMax) : PAGE_ROWS_MAX;
}
