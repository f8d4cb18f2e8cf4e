import { APPEND_BYTES_MAX, judgeAppend, type StreamView } from './append-rules.js';
import { decodeData, decodeMetadata, encodeEvent, type EncodedEvent } from './encoded-event.js';
import { matchesFilter } from './event-filter.js';
import type * as port from './event-log.js';
import { eventSequence, type EventSequence } from './event-sequence.js';
import { Follower, type FollowSource } from './follower.js';
import { LogClosedError } from './log-errors.js';
import { requireStreamId } from './stream-id.js';

export type MemoryEventLogOptions = {
  /** Milliseconds since 1970. Default: the system clock. */
  readonly nowMs?: () => number;
};

/** The log of tests and simulations: the whole contract, and nothing survives the process. */
export function openMemoryEventLog(options: MemoryEventLogOptions = {}): port.EventLog {
  return new MemoryEventLog(options.nowMs ?? Date.now);
}

const PAGE_ROWS_MAX = 1_000;

type Row = EncodedEvent & { readonly streamId: string; readonly revision: number; readonly position: number; readonly recordedAtMs: number };

class MemoryEventLog implements port.EventLog {
  readonly #nowMs: () => number;
  readonly #rows: Row[] = [];
  readonly #streams = new Map<string, Row[]>();
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  async append(streamId: string, events: readonly port.NewEvent[], expected: port.ExpectedRevision): Promise<port.AppendOutcome> {
    this.#requireOpen();
    requireStreamId(streamId);
    const encoded = events.map(encodeEvent);
    const sizeBytes = encoded.reduce((sum, event) => sum + event.sizeBytes, 0);
    if (sizeBytes > APPEND_BYTES_MAX) return { tooLarge: { sizeBytes, sizeBytesMax: APPEND_BYTES_MAX } };
    const stream = this.#streams.get(streamId) ?? [];
    const judged = judgeAppend(encoded.map((event) => event.id), expected, viewOf(stream));
    if (judged !== null) return judged;
    const recordedAtMs = this.#nowMs();
    for (const event of encoded) {
      const row = { ...event, streamId, revision: stream.length, position: this.#rows.length + 1, recordedAtMs };
      stream.push(row);
      this.#rows.push(row);
    }
    this.#streams.set(streamId, stream);
    for (const listener of this.#listeners) listener();
    return { appended: { revision: stream.length - 1, position: this.#rows.length } };
  }

  async readStream(streamId: string, options: port.StreamReadOptions = {}): Promise<port.StreamRead> {
    this.#requireOpen();
    requireStreamId(streamId);
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return { notFound: true };
    const { direction = 'forwards', fromRevision, limit } = options;
    const start = fromRevision ?? (direction === 'forwards' ? 0 : Number.MAX_SAFE_INTEGER);
    const readPage = (from: number, rowsMax: number) => this.#streamPage(stream, direction, from, rowsMax);
    return { found: eventSequence(() => ({ from: start, readPage }), limit) };
  }

  readAll(options: port.LogReadOptions = {}): EventSequence {
    const { direction = 'forwards', after = 0, before, limit, filter = {} } = options;
    return eventSequence(() => {
      const rowsAtStart = this.#rows.length; // a reader slower than the writers must come to an end all the same
      const readPage = (from: number, rowsMax: number) => {
        this.#requireOpen();
        const low = direction === 'forwards' ? from : Math.max(0, from - 1 - PAGE_ROWS_MAX);
        const high = direction === 'forwards' ? Math.min(from + PAGE_ROWS_MAX, rowsAtStart) : from - 1;
        const rows = this.#rows.slice(low, high).filter((row) => matchesFilter(filter, row));
        if (direction === 'backwards') rows.reverse();
        const next = direction === 'forwards' ? (high >= rowsAtStart ? null : high) : low === 0 ? null : low + 1;
        return { events: rows.slice(0, rowsMax).map(decode), next };
      };
      return { from: direction === 'forwards' ? after : Math.min(before ?? rowsAtStart + 1, rowsAtStart + 1), readPage };
    }, limit);
  }

  follow({ after, filter = {}, signal }: port.FollowOptions): AsyncIterableIterator<port.FollowMessage> {
    this.#requireOpen();
    const source: FollowSource = {
      readAfter: (position) => {
        const rows = this.#rows.slice(position, position + PAGE_ROWS_MAX);
        const scannedTo = position + rows.length;
        return { events: rows.filter((row) => matchesFilter(filter, row)).map(decode), scannedTo, atEnd: scannedTo >= this.#rows.length };
      },
      numberOf: (event) => event.position,
      onChange: this.#onChange,
    };
    return new Follower(source, after === 'end' ? this.#rows.length : after, [signal, this.#closing.signal]);
  }

  followStream(streamId: string, { afterRevision, signal }: port.FollowStreamOptions): AsyncIterableIterator<port.FollowMessage> {
    this.#requireOpen();
    requireStreamId(streamId);
    const source: FollowSource = {
      readAfter: (revision) => {
        const rows = this.#streams.get(streamId)?.slice(revision + 1, revision + 1 + PAGE_ROWS_MAX) ?? [];
        const scannedTo = revision + rows.length;
        return { events: rows.map(decode), scannedTo, atEnd: scannedTo >= (this.#streams.get(streamId)?.length ?? 0) - 1 };
      },
      numberOf: (event) => event.revision,
      onChange: this.#onChange,
    };
    const end = (this.#streams.get(streamId)?.length ?? 0) - 1;
    return new Follower(source, afterRevision === 'end' ? end : afterRevision, [signal, this.#closing.signal]);
  }

  async *listStreams({ prefix = '' }: { readonly prefix?: string } = {}): AsyncGenerator<port.StreamHead> {
    const ids = [...this.#streams.keys()].filter((id) => id.startsWith(prefix));
    ids.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const streamId of ids) yield { streamId, revision: (this.#streams.get(streamId)?.length ?? 0) - 1 };
  }

  async findEvent(streamId: string, eventId: string): Promise<number | null> {
    return this.#streams.get(streamId)?.find((row) => row.id === eventId)?.revision ?? null;
  }

  async head(): Promise<number> {
    return this.#rows.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
  }

  #streamPage(stream: readonly Row[], direction: port.Direction, from: number, rowsMax: number) {
    this.#requireOpen();
    const count = Math.min(PAGE_ROWS_MAX, rowsMax);
    const last = Math.min(from, stream.length - 1);
    const rows = direction === 'forwards' ? stream.slice(from, from + count) : stream.slice(Math.max(0, last + 1 - count), last + 1).reverse();
    const next = direction === 'forwards' ? from + rows.length : last - rows.length;
    return { events: rows.map(decode), next: next < 0 || next >= stream.length ? null : next };
  }

  readonly #onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #requireOpen(): void {
    if (this.#closing.signal.aborted) throw new LogClosedError();
  }
}

function viewOf(stream: readonly Row[]): StreamView {
  return { revision: stream.length - 1, stored: (from, count) => stream.slice(from, from + count) };
}

function decode(row: Row): port.RecordedEvent {
  return {
    id: row.id,
    type: row.type,
    version: row.version,
    data: decodeData(typeof row.data === 'string' ? row.data : row.data.slice()), // a reader may write on its copy
    metadata: decodeMetadata(row.metadata),
    streamId: row.streamId,
    revision: row.revision,
    position: row.position,
    recordedAtMs: row.recordedAtMs,
  };
}
