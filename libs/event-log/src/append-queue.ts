import { AppendLine, type AppendRequest } from './append-line.js';
import type { AppendOutcome, ExpectedRevision, NewEvent } from './event-log.js';

/**
 * Group commit: the appends of one turn of the event loop share one transaction, and with it one wait for the disk.
 * An append that conflicts does not concern the others of its group.
 */
export class AppendQueue {
  readonly #writeGroup: (appends: readonly AppendRequest[]) => readonly AppendOutcome[];
  readonly #line = new AppendLine();
  #scheduled = false;

  constructor(writeGroup: (appends: readonly AppendRequest[]) => readonly AppendOutcome[]) {
    this.#writeGroup = writeGroup;
  }

  append(streamId: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendOutcome> {
    return this.#line.join(streamId, events, expected, this.#schedule);
  }

  /** Writes what is waiting and takes no more. */
  close(): void {
    this.#line.close();
    while (this.#line.length > 0) this.#writeNextGroup();
  }

  readonly #schedule = (): void => {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#line.length > 0) this.#writeNextGroup();
      if (this.#line.length > 0) this.#schedule();
    });
  };

  #writeNextGroup(): void {
    const group = this.#line.takeGroup();
    try {
      const outcomes = this.#writeGroup(group);
      group.forEach((append, index) => append.resolve(outcomes[index] as AppendOutcome));
    } catch (error) {
      for (const append of group) append.reject(error);
    }
  }
}
