import { matchesFilter, type EventFilter } from './event-filter.js';
import type * as port from './event-log.js';
import type { EventSequence } from './event-sequence.js';
import type { ConnectionPage, EventStoreConnection } from './eventstore-connection.js';
import { remoteEventSequence } from './eventstore-event-sequence.js';
import { SCAN_RECORDS_MAX, type EventStoreLogTail } from './eventstore-log-tail.js';
import { toRecordedEvent, type EventStoreScope } from './eventstore-recorded-event.js';
import type { FollowedStretch } from './follower.js';

/**
 * Reading. The client can filter subscriptions but not reads, so everything the server holds from a position on is
 * fetched, and what is not wanted is dropped here: a filtered read of the log costs as much as reading all of it.
 */
export class EventStoreLogReader {
  readonly #connection: EventStoreConnection;
  readonly #scope: EventStoreScope;
  readonly #tail: EventStoreLogTail;

  constructor(connection: EventStoreConnection, scope: EventStoreScope, tail: EventStoreLogTail) {
    this.#connection = connection;
    this.#scope = scope;
    this.#tail = tail;
  }

  async readStream(streamId: string, options: port.StreamReadOptions = {}): Promise<port.StreamRead> {
    const { direction = 'forwards', fromRevision, limit = Number.POSITIVE_INFINITY } = options;
    const from = fromRevision ?? (direction === 'forwards' ? 0 : 'end');
    const countMax = Math.max(1, Math.min(limit, SCAN_RECORDS_MAX));
    const first = await this.#firstStreamPage(streamId, direction, from, countMax);
    if (first === null) return { notFound: true };
    let unread: ConnectionPage | null = first; // the first pass need not ask for it again
    const begin = async (): Promise<ConnectionPage> => {
      const page = unread ?? (await this.#firstStreamPage(streamId, direction, from, countMax));
      unread = null;
      return page ?? { records: [], atEnd: true };
    };
    return { found: remoteEventSequence(() => this.#streamPages(streamId, direction, begin, countMax), limit) };
  }

  readAll(options: port.LogReadOptions = {}): EventSequence {
    const { direction = 'forwards', after = 0, before, limit, filter = {} } = options;
    const unfiltered = Object.keys(filter).length === 0 && limit !== undefined && this.#scope.prefix === '';
    const countMax = unfiltered ? Math.min(limit + 1, SCAN_RECORDS_MAX) : SCAN_RECORDS_MAX; // one more: reading begins at the last one read
    const read = direction === 'forwards' ? () => this.#pagesAfter(after, filter, countMax) : () => this.#pagesBefore(before, filter, countMax);
    return remoteEventSequence(read, limit);
  }

  /** At least one event of the log, or its end; `scannedTo` is always the position of an event of the log. */
  async logStretch(after: number, filter: EventFilter): Promise<FollowedStretch> {
    for (let from = await this.#tail.readingFrom(after); ; ) {
      const page = await this.#connection.readAll('forwards', from === 0 ? 'start' : from, SCAN_RECORDS_MAX);
      this.#tail.passed(from, page);
      const events = this.#ours(page, (position) => position > after);
      const scannedTo = events.at(-1)?.position;
      if (scannedTo !== undefined) return { events: events.filter((event) => matchesFilter(filter, event)), scannedTo, atEnd: page.atEnd };
      if (page.atEnd) return { events: [], scannedTo: after, atEnd: true };
      from = page.records.at(-1)?.position ?? from;
    }
  }

  async streamStretch(streamId: string, after: number): Promise<FollowedStretch> {
    const page = await this.#connection.readStream(this.#nameOf(streamId), 'forwards', after + 1, SCAN_RECORDS_MAX);
    const events = this.#recorded(page);
    return { events, scannedTo: events.at(-1)?.revision ?? after, atEnd: page?.atEnd ?? true };
  }

  /** The last event of a stream, or null when there is no such stream. */
  async lastOf(streamId: string): Promise<{ readonly revision: number; readonly position: number } | null> {
    const page = await this.#connection.readStream(this.#nameOf(streamId), 'backwards', 'end', 1);
    return page?.records[0] ?? null;
  }

  async *#pagesAfter(after: number, filter: EventFilter, countMax: number): AsyncGenerator<readonly port.RecordedEvent[]> {
    const head = await this.#tail.head(); // a reader slower than the writers must come to an end all the same
    if (after >= head) return;
    let from = await this.#tail.readingFrom(after);
    for (let passed = after; passed < head; passed = from) {
      const page = await this.#connection.readAll('forwards', from === 0 ? 'start' : from, countMax);
      yield this.#ours(page, (position) => position > passed && position <= head).filter((event) => matchesFilter(filter, event));
      from = page.atEnd ? head : (page.records.at(-1)?.position ?? head);
    }
  }

  async *#pagesBefore(before: number | undefined, filter: EventFilter, countMax: number): AsyncGenerator<readonly port.RecordedEvent[]> {
    const beginning = await this.#tail.beginning();
    let from: number | 'end' = before === undefined || before > (await this.#tail.head()) ? 'end' : before;
    for (let done = false; !done; ) {
      const page: ConnectionPage = await this.#connection.readAll('backwards', from, countMax);
      yield this.#ours(page, (position) => from === 'end' || position < from).filter((event) => matchesFilter(filter, event));
      const first = page.records.at(-1)?.position ?? 0;
      done = page.atEnd || first <= beginning;
      from = first;
    }
  }

  /** The server answers a read that begins far behind a stream's end, backwards, with nothing at all. */
  async #firstStreamPage(streamId: string, direction: port.Direction, from: number | 'end', countMax: number): Promise<ConnectionPage | null> {
    const page = await this.#connection.readStream(this.#nameOf(streamId), direction, from, countMax);
    const fromEnd = page?.records.length === 0 && direction === 'backwards' && from !== 'end';
    return fromEnd ? this.#connection.readStream(this.#nameOf(streamId), direction, 'end', countMax) : page;
  }

  async *#streamPages(streamId: string, direction: port.Direction, begin: () => Promise<ConnectionPage>, countMax: number): AsyncGenerator<readonly port.RecordedEvent[]> {
    for (let page: ConnectionPage | null = await begin(); page !== null; ) {
      yield this.#recorded(page);
      const last = page.records.at(-1)?.revision;
      if (page.atEnd || last === undefined || (direction === 'backwards' && last === 0)) return;
      page = await this.#connection.readStream(this.#nameOf(streamId), direction, last + (direction === 'forwards' ? 1 : -1), countMax);
    }
  }

  #ours(page: ConnectionPage, wanted: (position: number) => boolean): port.RecordedEvent[] {
    const records = page.records.filter(({ stream, position }) => this.#scope.holds(stream) && wanted(position));
    return records.map((record) => toRecordedEvent(record, this.#scope));
  }

  #recorded(page: ConnectionPage | null): port.RecordedEvent[] {
    return (page?.records ?? []).map((record) => toRecordedEvent(record, this.#scope));
  }

  #nameOf(streamId: string): string {
    return this.#scope.prefix + streamId;
  }
}
