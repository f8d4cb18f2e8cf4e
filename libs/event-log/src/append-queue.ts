import { APPEND_BYTES_MAX } from './append-rules.js';
import { encodeEvent, type EncodedEvent } from './encoded-event.js';
import type { AppendOutcome, ExpectedRevision, NewEvent } from './event-log.js';
import { LogClosedError, LogOverloadedError } from './log-errors.js';
import type { AppendRequest } from './sqlite-log-writer.js';
import { requireStreamId } from './stream-id.js';

export const QUEUE_APPENDS_MAX = 20_000;
export const QUEUE_BYTES_MAX = 67_108_864;
/** What one commit may take along: about 20 ms of work for an event loop. */
export const GROUP_APPENDS_MAX = 1_000;
export const GROUP_BYTES_MAX = 8_388_608;

type Waiting = AppendRequest & {
  readonly sizeBytes: number;
  resolve(outcome: AppendOutcome): void;
  reject(error: unknown): void;
};

/**
 * Group commit: the appends of one turn of the event loop share one transaction, and with it one wait for the disk.
 * An append that conflicts does not concern the others of its group.
 */
export class AppendQueue {
  readonly #writeGroup: (appends: readonly AppendRequest[]) => readonly AppendOutcome[];
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #scheduled = false;
  #closed = false;

  constructor(writeGroup: (appends: readonly AppendRequest[]) => readonly AppendOutcome[]) {
    this.#writeGroup = writeGroup;
  }

  async append(streamId: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendOutcome> {
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
      this.#schedule();
    });
  }

  /** Writes what is waiting and takes no more. */
  close(): void {
    this.#closed = true;
    while (this.#waiting.length > 0) this.#writeNextGroup();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#waiting.length > 0) this.#writeNextGroup();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #writeNextGroup(): void {
    const group = this.#waiting.splice(0, this.#groupLength());
    for (const { sizeBytes } of group) this.#waitingBytes -= sizeBytes;
    try {
      const outcomes = this.#writeGroup(group);
      group.forEach((append, index) => append.resolve(outcomes[index] as AppendOutcome));
    } catch (error) {
      for (const append of group) append.reject(error);
    }
  }

  #groupLength(): number {
    let bytes = 0;
    const end = this.#waiting.findIndex((append) => (bytes += append.sizeBytes) > GROUP_BYTES_MAX);
    return Math.min(GROUP_APPENDS_MAX, end === -1 ? this.#waiting.length : Math.max(1, end));
  }
}
