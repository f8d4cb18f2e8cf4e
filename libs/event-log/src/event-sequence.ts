import type { RecordedEvent } from './event-log.js';

/** Events in order, read page by page while iterated. Iterating again reads again. */
export interface EventSequence extends AsyncIterable<RecordedEvent> {
  /** The same events a page at a time: one promise per page instead of one per event, for folds over whole logs. */
  pages(): AsyncIterable<readonly RecordedEvent[]>;
}

/** `next` is where to go on reading, or null when this page was the last. A page may be empty and not the last. */
export type EventPage = { readonly events: readonly RecordedEvent[]; readonly next: number | null };

/** One pass over the events: where it starts, and how to read at most `rowsMax` events from there. */
export type EventPass = { readonly from: number; readPage(from: number, rowsMax: number): EventPage | Promise<EventPage> };

export function eventSequence(begin: () => EventPass | Promise<EventPass>, limit = Number.POSITIVE_INFINITY): EventSequence {
  async function* pages(): AsyncGenerator<readonly RecordedEvent[]> {
    const pass = await begin();
    let left = limit;
    for (let from: number | null = pass.from; from !== null && left > 0; ) {
      const page: EventPage = await pass.readPage(from, left);
      left -= page.events.length;
      from = page.next;
      if (page.events.length > 0) yield page.events;
      else await nextTurn(); // a long stretch without a match must not hold up everybody else
    }
  }
  async function* events(): AsyncGenerator<RecordedEvent> {
    for await (const page of pages()) yield* page;
  }
  return { pages, [Symbol.asyncIterator]: events };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
