import type { FollowMessage, RecordedEvent } from './event-log.js';

/** A bounded stretch of what is followed: its events, how far it went, and whether it reached the present end. */
export type FollowedStretch = { readonly events: readonly RecordedEvent[]; readonly scannedTo: number; readonly atEnd: boolean };

/** What a follower reads. Numbers are positions for the log and revisions for a stream. */
export type FollowSource = {
  /** The stretch after `after`; at once where the log lies on this machine, so that no reader waits a turn for nothing. */
  readAfter(after: number): FollowedStretch | Promise<FollowedStretch>;
  numberOf(event: RecordedEvent): number;
  /** Calls back after every change, until the returned function is called. */
  onChange(listener: () => void): () => void;
};

/**
 * Past first, then live. It holds one page, whatever its reader's pace: what comes after stays in the log.
 *
 * Written by hand and not as a generator, because a generator parked on a promise cannot be ended from outside:
 * `return()`, an aborted signal and a closed log must all free the follower at once.
 */
export class Follower implements AsyncIterableIterator<FollowMessage> {
  readonly #source: FollowSource;
  readonly #signals: readonly AbortSignal[];
  readonly #unsubscribe: () => void;
  #page: readonly RecordedEvent[] = [];
  #index = 0;
  #scannedTo: number;
  /** The highest number the reader has been told, by an event or a checkpoint. */
  #told: number;
  #caughtUp = false;
  #changed = true;
  #ended = false;
  #wake: (() => void) | null = null;
  #busy = false;

  constructor(source: FollowSource, after: number, signals: readonly (AbortSignal | undefined)[]) {
    this.#source = source;
    this.#scannedTo = after;
    this.#told = after;
    this.#signals = signals.filter((signal) => signal !== undefined);
    this.#unsubscribe = source.onChange(this.#onChange);
    for (const signal of this.#signals) signal.addEventListener('abort', this.#end, { once: true });
    if (this.#signals.some((signal) => signal.aborted)) this.#end();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<FollowMessage, undefined>> {
    if (this.#busy) throw new Error('a follower has one reader: await next() before calling it again');
    this.#busy = true;
    try {
      while (!this.#ended) {
        const stretch = this.#readDue();
        const message = this.#take(stretch instanceof Promise ? await stretch : stretch);
        if (this.#ended) break; // while a remote log was read
        if (message !== null) return { done: false, value: message };
        if (!this.#changed && !this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve));
        else await nextTurn(); // between two empty stretches others get a turn
      }
      return { done: true, value: undefined };
    } catch (error) {
      if (this.#ended) return { done: true, value: undefined }; // what was read was no longer wanted
      this.#end();
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  async return(): Promise<IteratorResult<FollowMessage, undefined>> {
    this.#end();
    return { done: true, value: undefined };
  }

  /** Another stretch, when the last one has been taken and there may be more; null otherwise. */
  #readDue(): FollowedStretch | Promise<FollowedStretch> | null {
    if (this.#index < this.#page.length || !this.#changed) return null;
    this.#changed = false;
    return this.#source.readAfter(this.#scannedTo);
  }

  /** The next message, or null when there is none before the log changes or before another stretch is read. */
  #take(stretch: FollowedStretch | null): FollowMessage | null {
    if (stretch !== null) {
      this.#scannedTo = stretch.scannedTo;
      this.#page = stretch.events;
      this.#index = 0;
      if (!stretch.atEnd || stretch.events.length > 0) this.#changed = true;
    }
    const buffered = this.#page[this.#index];
    if (buffered !== undefined) {
      this.#index++;
      this.#told = this.#source.numberOf(buffered);
      return { event: buffered };
    }
    if (stretch === null) return null;
    if (stretch.atEnd && !this.#caughtUp) {
      this.#caughtUp = true;
      this.#told = stretch.scannedTo;
      return { caughtUp: stretch.scannedTo };
    }
    if (stretch.scannedTo === this.#told) return null;
    this.#told = stretch.scannedTo;
    return { checkpoint: stretch.scannedTo };
  }

  readonly #onChange = (): void => {
    this.#changed = true;
    this.#wake?.();
    this.#wake = null;
  };

  readonly #end = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    this.#page = [];
    this.#unsubscribe();
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#end);
    this.#wake?.();
    this.#wake = null;
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
