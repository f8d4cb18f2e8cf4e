import { APPEND_BYTES_MAX, judgeAppend } from './append-rules.js';
import { encodeEvent, type EncodedEvent } from './encoded-event.js';
import type { AppendOutcome, ExpectedRevision, NewEvent } from './event-log.js';
import type { ConnectionEvent, EventStoreConnection } from './eventstore-connection.js';
import { sizeOnServer, toConnectionEvent, type EventStoreScope } from './eventstore-recorded-event.js';
import { LogClosedError, LogOverloadedError } from './log-errors.js';
import { Slots } from './slots.js';
import { requireStreamId } from './stream-id.js';
import { Turns } from './turns.js';

/** Appends that are with the server at one time; the others wait here. */
export const APPENDS_IN_FLIGHT_MAX = 64;
export const APPENDS_WAITING_MAX = 20_000;
export const APPENDS_WAITING_BYTES_MAX = 67_108_864;
/** An append that waited so long for its turn, milliseconds, is refused unwritten. */
export const APPEND_WAIT_MS_MAX = 30_000;
/** How often an append that expects nothing in particular is tried when other writers are faster. */
export const UNCONDITIONAL_ATTEMPTS_MAX = 100;
const LAST_REVISIONS_MAX = 10_000;

export type EventStoreLogWriterParts = {
  readonly connection: EventStoreConnection;
  readonly scope: EventStoreScope;
  readonly nowMs: () => number;
  lastOf(streamId: string): Promise<{ readonly revision: number; readonly position: number } | null>;
  onAppended(stream: string, position: number): void;
};

/**
 * Appends, those to one stream one after the other. The server is always told an exact revision: only then does it know
 * a retry from a new event for sure. So where the caller expects nothing in particular, the stream's last revision is
 * taken from memory or asked for, and the append repeated with the right one when another writer was faster.
 */
export class EventStoreLogWriter {
  readonly #parts: EventStoreLogWriterParts;
  readonly #slots = new Slots(APPENDS_IN_FLIGHT_MAX);
  readonly #streams = new Map<string, { readonly turns: Turns; appends: number }>();
  readonly #lastRevisions = new Map<string, number>();
  readonly #waiting = new Set<Promise<unknown>>();
  #waitingBytes = 0;
  #closed = false;

  constructor(parts: EventStoreLogWriterParts) {
    this.#parts = parts;
  }

  async append(streamId: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendOutcome> {
    if (this.#closed) throw new LogClosedError();
    requireStreamId(streamId);
    const encoded = events.map(encodeEvent);
    const recordedAtMs = this.#parts.nowMs();
    const sent = encoded.map((event) => toConnectionEvent(event, recordedAtMs));
    const sizeBytes = sizeOf(encoded, sent);
    if (sizeBytes > APPEND_BYTES_MAX) return { tooLarge: { sizeBytes, sizeBytesMax: APPEND_BYTES_MAX } };
    if (this.#waiting.size >= APPENDS_WAITING_MAX || this.#waitingBytes + sizeBytes > APPENDS_WAITING_BYTES_MAX)
      throw new LogOverloadedError(`${this.#waiting.size} appends of ${this.#waitingBytes} bytes are waiting for the event log`);
    const asked = performance.now();
    const work = this.#inTurn(streamId, () =>
      this.#slots.hold(async () => {
        if (performance.now() - asked > APPEND_WAIT_MS_MAX) throw new LogOverloadedError(`an append waited ${APPEND_WAIT_MS_MAX} ms for the event log; nothing was written`);
        return this.#write(streamId, encoded, sent, expected, sizeBytes);
      }),
    );
    this.#waiting.add(work);
    this.#waitingBytes += sizeBytes;
    try {
      return await work;
    } finally {
      this.#waiting.delete(work);
      this.#waitingBytes -= sizeBytes;
    }
  }

  /** Takes no more, and waits for what was taken. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#waiting);
  }

  async #inTurn<T>(streamId: string, work: () => Promise<T>): Promise<T> {
    const stream = this.#streams.get(streamId) ?? { turns: new Turns(), appends: 0 };
    this.#streams.set(streamId, stream);
    stream.appends++;
    try {
      return await stream.turns.take(work);
    } finally {
      if (--stream.appends === 0) this.#streams.delete(streamId);
    }
  }

  async #write(streamId: string, encoded: readonly EncodedEvent[], sent: readonly ConnectionEvent[], expected: ExpectedRevision, sizeBytes: number): Promise<AppendOutcome> {
    const believed = expected === 'none' ? -1 : expected;
    if (encoded.length === 0 || (typeof believed === 'number' && believed < -1)) return this.#judgeHere(streamId, encoded, expected);
    if (typeof believed === 'number') return this.#send(streamId, sent, believed, sizeBytes);
    for (let attempt = 0; attempt < UNCONDITIONAL_ATTEMPTS_MAX; attempt++) {
      const last = this.#lastRevisions.get(streamId) ?? (await this.#parts.lastOf(streamId))?.revision ?? -1;
      if (believed === 'exists' && last === -1) return { conflict: { actualRevision: -1 } };
      const outcome = await this.#send(streamId, sent, last, sizeBytes);
      if (!('conflict' in outcome)) return outcome;
    }
    throw new LogOverloadedError(`other writers were faster ${UNCONDITIONAL_ATTEMPTS_MAX} times in a row at ${streamId}; nothing was written`);
  }

  async #send(streamId: string, sent: readonly ConnectionEvent[], expectedRevision: number, sizeBytes: number): Promise<AppendOutcome> {
    const { connection, scope, onAppended } = this.#parts;
    this.#lastRevisions.delete(streamId); // unknown while, and if, the outcome is
    const outcome = await connection.append(scope.prefix + streamId, sent, expectedRevision);
    if ('tooLarge' in outcome) return { tooLarge: { sizeBytes, ...outcome.tooLarge } };
    this.#remember(streamId, 'appended' in outcome ? outcome.appended.revision : outcome.conflict.actualRevision);
    if ('appended' in outcome) onAppended(scope.prefix + streamId, outcome.appended.position);
    return outcome;
  }

  /** What need not, or must not, be asked of the server: an append of nothing, and numbers that mean something else to it. */
  async #judgeHere(streamId: string, encoded: readonly EncodedEvent[], expected: ExpectedRevision): Promise<AppendOutcome> {
    const last = await this.#parts.lastOf(streamId);
    const view = { revision: last?.revision ?? -1, stored: () => (last === null ? [] : [{ id: '', position: last.position }]) };
    return judgeAppend(encoded.map(({ id }) => id), expected, view) ?? { conflict: { actualRevision: view.revision } };
  }

  #remember(streamId: string, revision: number): void {
    if (revision === -1) return; // cheap to ask again, and it may come to be
    this.#lastRevisions.set(streamId, revision);
    const [oldest] = this.#lastRevisions.keys();
    if (this.#lastRevisions.size > LAST_REVISIONS_MAX && oldest !== undefined) this.#lastRevisions.delete(oldest);
  }
}

/** By our measure and by the server's, which counts other things: it must fit both. */
function sizeOf(encoded: readonly EncodedEvent[], sent: readonly ConnectionEvent[]): number {
  const ours = encoded.reduce((sum, event) => sum + event.sizeBytes, 0);
  return Math.max(ours, ours > APPEND_BYTES_MAX ? 0 : sent.reduce((sum, event) => sum + sizeOnServer(event), 0));
}
