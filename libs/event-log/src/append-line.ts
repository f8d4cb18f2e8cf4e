import { APPEND_BYTES_MAX } from './append-rules.js';
import { encodeEvent, type EncodedEvent } from './encoded-event.js';
import type { AppendOutcome, ExpectedRevision, NewEvent } from './event-log.js';
import { LogClosedError, LogOverloadedError } from './log-errors.js';
import { requireStreamId } from './stream-id.js';

export const QUEUE_APPENDS_MAX = 20_000;
export const QUEUE_BYTES_MAX = 67_108_864;
/** What one commit may take along: about 20 ms of work for an event loop. */
export const GROUP_APPENDS_MAX = 1_000;
export const GROUP_BYTES_MAX = 8_388_608;

export type AppendRequest = {
  readonly streamId: string;
  readonly events: readonly EncodedEvent[];
  readonly expected: ExpectedRevision;
};

export type WaitingAppend = AppendRequest & {
  readonly sizeBytes: number;
  resolve(outcome: AppendOutcome): void;
  reject(error: unknown): void;
};

/** The appends that wait for a log to write them: judged and serialised at the door, bounded in number and in bytes. */
export class AppendLine {
  readonly #waiting: WaitingAppend[] = [];
  #waitingBytes = 0;
  #closed = false;

  get length(): number {
    return this.#waiting.length;
  }

  /** Throws what `EventLog.append` throws before anything is written; `onWaiting` is called once the append stands in line. */
  async join(streamId: string, events: readonly NewEvent[], expected: ExpectedRevision, onWaiting: () => void): Promise<AppendOutcome> {
    if (this.#closed) throw new LogClosedError();
    requireStreamId(streamId);
    const encoded: readonly EncodedEvent[] = events.map(encodeEvent);
    const sizeBytes = encoded.reduce((sum, event) => sum + event.sizeBytes, 0);
    if (sizeBytes > APPEND_BYTES_MAX) return { tooLarge: { sizeBytes, sizeBytesMax: APPEND_BYTES_MAX } };
    if (this.#waiting.length >= QUEUE_APPENDS_MAX || this.#waitingBytes + sizeBytes > QUEUE_BYTES_MAX)
      throw new LogOverloadedError(`${this.#waiting.length} appends of ${this.#waitingBytes} bytes are waiting for the event log`);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ streamId, events: encoded, expected, sizeBytes, resolve, reject });
      this.#waitingBytes += sizeBytes;
      onWaiting();
    });
  }

  /** Those who go into one commit, in order; at least one when anybody waits. */
  takeGroup(): readonly WaitingAppend[] {
    const group = this.#waiting.splice(0, this.#groupLength());
    for (const { sizeBytes } of group) this.#waitingBytes -= sizeBytes;
    return group;
  }

  /** From now on nobody may join. */
  close(): void {
    this.#closed = true;
  }

  #groupLength(): number {
    let bytes = 0;
    const end = this.#waiting.findIndex((append) => (bytes += append.sizeBytes) > GROUP_BYTES_MAX);
    return Math.min(GROUP_APPENDS_MAX, end === -1 ? this.#waiting.length : Math.max(1, end));
  }
}
