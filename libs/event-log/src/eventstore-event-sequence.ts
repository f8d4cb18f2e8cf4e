import type { RecordedEvent } from './event-log.js';
import type { EventSequence } from './event-sequence.js';

/** Events that are far away: `read` makes one pass over them, page by page, each time they are iterated. Empty pages are left out. */
export function remoteEventSequence(read: () => AsyncIterable<readonly RecordedEvent[]>, limit = Number.POSITIVE_INFINITY): EventSequence {
  async function* pages(): AsyncGenerator<readonly RecordedEvent[]> {
    let left = limit;
    if (left <= 0) return;
    for await (const page of read()) {
      const wanted = page.length > left ? page.slice(0, left) : page;
      left -= wanted.length;
      if (wanted.length > 0) yield wanted;
      if (left <= 0) return;
    }
  }
  async function* events(): AsyncGenerator<RecordedEvent> {
    for await (const page of pages()) yield* page;
  }
  return { pages, [Symbol.asyncIterator]: events };
}
