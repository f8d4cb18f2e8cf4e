import type { EventSequence } from './event-sequence.js';
import type { StreamHead } from './event-log.js';
import { Turns } from './turns.js';

/** With more streams than this the index is forgotten after each use: some 40 MB of memory. */
export const STREAMS_REMEMBERED_MAX = 200_000;

/**
 * Which streams there are, learned by reading the whole log once and later only what came since: the first list of a log
 * of a million events takes about a minute. The server's own category streams are projections that may be switched off.
 */
export class EventStoreStreamIndex {
  readonly #readAfter: (position: number) => EventSequence;
  readonly #turns = new Turns();
  #revisions = new Map<string, number>();
  #through = 0;

  constructor(readAfter: (position: number) => EventSequence) {
    this.#readAfter = readAfter;
  }

  /** In byte order. */
  list(prefix: string): Promise<readonly StreamHead[]> {
    return this.#turns.take(async () => {
      for await (const page of this.#readAfter(this.#through).pages())
        for (const { streamId, revision, position } of page) {
          this.#revisions.set(streamId, revision);
          this.#through = position;
        }
      const heads = [...this.#revisions].filter(([streamId]) => streamId.startsWith(prefix)).map(([streamId, revision]) => ({ streamId, revision }));
      if (this.#revisions.size > STREAMS_REMEMBERED_MAX) this.#forget();
      return heads.sort((a, b) => Buffer.compare(Buffer.from(a.streamId), Buffer.from(b.streamId)));
    });
  }

  #forget(): void {
    this.#revisions = new Map();
    this.#through = 0;
  }
}
