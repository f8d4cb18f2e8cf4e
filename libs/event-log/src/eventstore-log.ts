import type * as port from './event-log.js';
import type { EventSequence } from './event-sequence.js';
import type { EventStoreConnection } from './eventstore-connection.js';
import { EventStoreEventIds } from './eventstore-event-ids.js';
import { EventStoreLogReader } from './eventstore-log-reader.js';
import { EventStoreLogTail } from './eventstore-log-tail.js';
import { EventStoreLogWriter } from './eventstore-log-writer.js';
import { EventStoreNews } from './eventstore-news.js';
import { eventStoreScope } from './eventstore-recorded-event.js';
import { EventStoreStreamIndex } from './eventstore-stream-index.js';
import { Follower, type FollowedStretch, type FollowSource } from './follower.js';
import { LogClosedError, LogUnreachableError } from './log-errors.js';
import { pause } from './pause.js';
import { requireStreamId } from './stream-id.js';

/** A follower that cannot read tries again so often. */
export const FOLLOW_RETRY_PAUSE_MS = 250;
/** Stands for the end of the log, or of the stream, until it is known; no position or revision. */
const END_UNKNOWN = Number.MIN_SAFE_INTEGER;

/** The port over a connection. */
export class EventStoreLog implements port.EventLog {
  readonly #connection: EventStoreConnection;
  readonly #prefix: string;
  readonly #tail: EventStoreLogTail;
  readonly #reader: EventStoreLogReader;
  readonly #writer: EventStoreLogWriter;
  readonly #news: EventStoreNews;
  readonly #index: EventStoreStreamIndex;
  readonly #ids: EventStoreEventIds;
  readonly #closing = new AbortController();

  constructor(connection: EventStoreConnection, options: { readonly nowMs: () => number; readonly streamPrefix: string }) {
    const scope = eventStoreScope(options.streamPrefix);
    const tail = new EventStoreLogTail(connection, scope);
    const news = new EventStoreNews(connection, scope, tail);
    const reader = new EventStoreLogReader(connection, scope, tail);
    const onAppended = (stream: string, position: number): void => {
      tail.heardOf(position);
      news.tell(stream);
    };
    this.#writer = new EventStoreLogWriter({ connection, scope, nowMs: options.nowMs, lastOf: (streamId) => reader.lastOf(streamId), onAppended });
    this.#index = new EventStoreStreamIndex((after) => reader.readAll({ after }));
    this.#ids = new EventStoreEventIds((streamId, fromRevision) => pagesFrom(reader, streamId, fromRevision));
    this.#connection = connection;
    this.#prefix = options.streamPrefix;
    this.#tail = tail;
    this.#reader = reader;
    this.#news = news;
  }

  append(streamId: string, events: readonly port.NewEvent[], expected: port.ExpectedRevision): Promise<port.AppendOutcome> {
    return this.#writer.append(streamId, events, expected);
  }

  async readStream(streamId: string, options: port.StreamReadOptions = {}): Promise<port.StreamRead> {
    this.#requireOpen();
    requireStreamId(streamId);
    return this.#reader.readStream(streamId, options);
  }

  readAll(options: port.LogReadOptions = {}): EventSequence {
    this.#requireOpen();
    return this.#reader.readAll(options);
  }

  follow({ after, filter = {}, signal }: port.FollowOptions): AsyncIterableIterator<port.FollowMessage> {
    const read = (position: number): Promise<FollowedStretch> => this.#reader.logStretch(position, filter);
    return this.#follower(read, after, () => this.head(), (event) => event.position, null, signal);
  }

  followStream(streamId: string, { afterRevision, signal }: port.FollowStreamOptions): AsyncIterableIterator<port.FollowMessage> {
    requireStreamId(streamId);
    const read = (revision: number): Promise<FollowedStretch> => this.#reader.streamStretch(streamId, revision);
    const last = async (): Promise<number> => (await this.#reader.lastOf(streamId))?.revision ?? -1;
    return this.#follower(read, afterRevision, last, (event) => event.revision, this.#prefix + streamId, signal);
  }

  async *listStreams({ prefix = '' }: { readonly prefix?: string } = {}): AsyncGenerator<port.StreamHead> {
    this.#requireOpen();
    yield* await this.#index.list(prefix);
  }

  async findEvent(streamId: string, eventId: string): Promise<number | null> {
    this.#requireOpen();
    return this.#ids.find(streamId, eventId);
  }

  async head(): Promise<number> {
    this.#requireOpen();
    return this.#tail.head();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#news.close();
    await this.#writer.close();
    await this.#connection.close();
  }

  #follower(
    read: (after: number) => Promise<FollowedStretch>,
    after: number | 'end',
    findEnd: () => Promise<number>,
    numberOf: (event: port.RecordedEvent) => number,
    stream: string | null,
    signal: AbortSignal | undefined,
  ): Follower {
    this.#requireOpen();
    const ended = new AbortController();
    const end = after === 'end' ? untilReachable(findEnd, ended.signal) : null; // the end as of now, not of the first reading
    end?.catch(() => undefined); // it is met where it is awaited, if ever
    const source: FollowSource = {
      readAfter: async (number) => {
        if (number !== END_UNKNOWN) return (await untilReachable(() => read(number), ended.signal)) ?? nothingAfter(number);
        return { events: [], scannedTo: (await end) ?? number, atEnd: true };
      },
      numberOf,
      onChange: (listener) => {
        const unsubscribe = this.#news.onChange((changed) => {
          if (stream === null || changed === null || changed === stream) listener();
        });
        return () => {
          unsubscribe();
          ended.abort();
        };
      },
    };
    return new Follower(source, after === 'end' ? END_UNKNOWN : after, [signal, this.#closing.signal]);
  }

  #requireOpen(): void {
    if (this.#closing.signal.aborted) throw new LogClosedError();
  }
}

const nothingAfter = (number: number): FollowedStretch => ({ events: [], scannedTo: number, atEnd: false });

/** An outage is waited out. Null once the signal has aborted, at once, whatever is still being asked of the server. */
async function untilReachable<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T | null> {
  while (!signal.aborted) {
    try {
      return await orAborted(ask(), signal);
    } catch (error) {
      if (!(error instanceof LogUnreachableError)) throw error;
      await pause(FOLLOW_RETRY_PAUSE_MS, signal);
    }
  }
  return null;
}

function orAborted<T>(asked: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const leave = (): void => resolve(null);
    signal.addEventListener('abort', leave, { once: true });
    asked.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

async function* pagesFrom(reader: EventStoreLogReader, streamId: string, fromRevision: number): AsyncGenerator<readonly port.RecordedEvent[]> {
  const read = await reader.readStream(streamId, { fromRevision });
  if ('found' in read) yield* read.found.pages();
}
