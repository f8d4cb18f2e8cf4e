import type { RecordedEvent } from '@slipway/event-log';
import { isStreamId } from '../stream-name.js';

/** Whether events, one after another, can be the history of a log. */
export class HistoryOrder {
  #position = 0;
  readonly #revisions = new Map<string, number>();

  /** What is wrong with the event that comes next, or null. */
  problem(event: RecordedEvent): string | null {
    const { position, streamId, revision, recordedAtMs, metadata } = event;
    if (typeof streamId !== 'string' || !isStreamId(streamId)) return `${JSON.stringify(streamId)} cannot be the name of a stream`;
    if (!Number.isSafeInteger(position) || position <= this.#position) return `position ${String(position)} cannot follow ${this.#position}`;
    const expected = (this.#revisions.get(streamId) ?? -1) + 1;
    if (revision !== expected) return `revision ${String(revision)} of ${streamId} stands where ${expected} would follow`;
    if (!Number.isSafeInteger(recordedAtMs) || typeof metadata !== 'object' || metadata === null) return 'it is no event';
    this.#position = position;
    this.#revisions.set(streamId, revision);
    return null;
  }
}
