import type * as port from '../event-log.js';
import { eventSequence, type EventPage, type EventSequence } from '../event-sequence.js';
import { Follower, type FollowedStretch, type FollowSource } from '../follower.js';
import { LogClosedError } from '../log-errors.js';
import { requireStreamId } from '../stream-id.js';
import type { PostgresConnections } from './postgres-connection.js';
import type { PostgresLogChanges } from './postgres-log-changes.js';
import { PAGE_ROWS_MAX, PostgresLogPages } from './postgres-log-pages.js';

const STREAMS_PAGE_MAX = 1_000;
const FIRST_POSITION = 1;

/** Reading, the same for the processes that write the log and for those that only follow it. */
export class PostgresLogReader implements port.EventLogReader {
  readonly #connections: PostgresConnections;
  readonly #changes: PostgresLogChanges;
  readonly #pages: PostgresLogPages;
  readonly #events: string;
  readonly #closing = new AbortController();

  constructor(connections: PostgresConnections, changes: PostgresLogChanges) {
    this.#connections = connections;
    this.#changes = changes;
    this.#pages = new PostgresLogPages(connections);
    this.#events = `"${connections.schema}".events`;
  }

  /** The first page is read at once and serves the first iteration, so that a short stream costs one round trip. */
  async readStream(streamId: string, options: port.StreamReadOptions = {}): Promise<port.StreamRead> {
    this.#requireOpen();
    requireStreamId(streamId);
    const { direction = 'forwards', fromRevision, limit = Number.MAX_SAFE_INTEGER } = options;
    const from = fromRevision ?? (direction === 'forwards' ? 0 : Number.MAX_SAFE_INTEGER);
    let ahead: EventPage | null = await this.#pages.stream(streamId, direction, from, limit);
    if (ahead.events.length === 0 && (await this.#lastRevision(streamId)) === -1) return { notFound: true };
    const readPage = (start: number, rowsMax: number): EventPage | Promise<EventPage> => {
      this.#requireOpen();
      const page = ahead;
      ahead = null;
      return page !== null && start === from ? page : this.#pages.stream(streamId, direction, start, rowsMax);
    };
    return { found: eventSequence(() => ({ from, readPage }), limit) };
  }

  readAll(options: port.LogReadOptions = {}): EventSequence {
    const { direction = 'forwards', after = 0, before = Number.MAX_SAFE_INTEGER, limit, filter = {} } = options;
    return eventSequence(() => {
      let end = Number.MAX_SAFE_INTEGER; // then the head at the first page: a reader slower than the writers must come to an end all the same
      const readPage = async (from: number, rowsMax: number) => {
        this.#requireOpen();
        if (direction === 'backwards') return this.#pages.before(from, FIRST_POSITION, filter, rowsMax);
        const page = await this.#pages.after(from, end, filter, rowsMax);
        end = page.head;
        return page;
      };
      return { from: direction === 'backwards' ? before : after, readPage };
    }, limit);
  }

  follow({ after, filter = {}, signal }: port.FollowOptions): AsyncIterableIterator<port.FollowMessage> {
    const readAfter = async (position: number): Promise<FollowedStretch> => {
      const { events, next, head } = await this.#pages.after(position, Number.MAX_SAFE_INTEGER, filter, PAGE_ROWS_MAX);
      return { events, scannedTo: next ?? Math.max(head, position), atEnd: next === null };
    };
    const readEnd = async (): Promise<number> => this.head();
    return this.#follower({ readAfter, readEnd, numberOf: (event) => event.position }, after, signal);
  }

  followStream(streamId: string, { afterRevision, signal }: port.FollowStreamOptions): AsyncIterableIterator<port.FollowMessage> {
    requireStreamId(streamId);
    const readAfter = async (revision: number): Promise<FollowedStretch> => {
      const { events, next } = await this.#pages.stream(streamId, 'forwards', revision + 1, PAGE_ROWS_MAX);
      return { events, scannedTo: events.at(-1)?.revision ?? revision, atEnd: next === null };
    };
    const readEnd = (): Promise<number> => this.#lastRevision(streamId);
    return this.#follower({ readAfter, readEnd, numberOf: (event) => event.revision }, afterRevision, signal);
  }

  async *listStreams({ prefix = '' }: { readonly prefix?: string } = {}): AsyncGenerator<port.StreamHead> {
    // One index seek per stream, however many events it has.
    const next = (comparison: string, than: string) =>
      `SELECT stream_id FROM ${this.#events} WHERE stream_id ${comparison} ${than} ORDER BY stream_id, revision LIMIT 1`;
    const sql = (comparison: string) => `WITH RECURSIVE streams AS (
        SELECT stream_id, 1 AS nth FROM (${next(comparison, '$1')}) AS first WHERE starts_with(stream_id, $2)
        UNION ALL
        SELECT following.stream_id, nth + 1 FROM streams CROSS JOIN LATERAL (${next('>', 'streams.stream_id')}) AS following
        WHERE nth < $3 AND starts_with(following.stream_id, $2))
      SELECT stream_id, (SELECT revision FROM ${this.#events} e WHERE e.stream_id = streams.stream_id ORDER BY revision DESC LIMIT 1) FROM streams`;
    for (let comparison = '>=', from = prefix; ; comparison = '>') {
      this.#requireOpen();
      const rows = await this.#connections.rows<[string, number]>(sql(comparison), [from, prefix, STREAMS_PAGE_MAX]);
      for (const [streamId, revision] of rows) yield { streamId, revision };
      const last = rows.at(-1);
      if (last === undefined || rows.length < STREAMS_PAGE_MAX) return;
      [from] = last;
    }
  }

  async findEvent(streamId: string, eventId: string): Promise<number | null> {
    this.#requireOpen();
    const sql = `SELECT min(revision) FROM ${this.#events} WHERE stream_id = $1 AND id = $2`;
    const [row] = await this.#connections.rows<[number | null]>(sql, [streamId, eventId]);
    return row?.[0] ?? null;
  }

  async head(): Promise<number> {
    this.#requireOpen();
    const [row] = await this.#connections.rows<[number | null]>(`SELECT max(position) FROM ${this.#events}`);
    return row?.[0] ?? 0;
  }

  /** Ends every follower; what is being read ends quietly. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
  }

  /** -1 when there is no such stream. */
  async #lastRevision(streamId: string): Promise<number> {
    const sql = `SELECT revision FROM ${this.#events} WHERE stream_id = $1 ORDER BY revision DESC LIMIT 1`;
    const [row] = await this.#connections.rows<[number]>(sql, [streamId]);
    return row?.[0] ?? -1;
  }

  #follower({ readAfter, readEnd, numberOf }: Followed, after: number | 'end', signal: AbortSignal | undefined): Follower {
    this.#requireOpen();
    // The end is asked for at once, not when the first message is: what is appended from now on must come.
    const end = after === 'end' ? readEnd() : null;
    end?.catch(() => undefined); // it is awaited below, when the first message is asked for
    const source: FollowSource = {
      readAfter: async (number) => readAfter(number === FROM_END && end !== null ? await end : number),
      numberOf,
      onChange: (listener) => this.#changes.onChange(listener),
    };
    return new Follower(source, after === 'end' ? FROM_END : after, [signal, this.#closing.signal]);
  }

  #requireOpen(): void {
    if (this.#closing.signal.aborted) throw new LogClosedError();
  }
}

type Followed = {
  readAfter(after: number): Promise<FollowedStretch>;
  readEnd(): Promise<number>;
  readonly numberOf: FollowSource['numberOf'];
};

/** Stands for the end of the log or stream until that is known; no position and no revision is so small. */
const FROM_END = -2;
