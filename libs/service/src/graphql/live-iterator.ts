import { SlipwayError } from '@slipway/contracts';

/** Values a slow reader may leave waiting before its subscription ends. */
export const LIVE_QUEUE_MAX = 1_000;

export type LiveIteratorOptions<T> = {
  readonly queueMax?: number;
  /** Values of one key replace each other while they wait: the reader sees the newest, in the place of the first. */
  readonly coalesceBy?: (value: T) => string;
};

/** Called at once; returns what undoes it, which runs exactly once. */
export type LiveSource<T> = (push: (value: T) => void, end: (error?: Error) => void) => () => void;

/**
 * A stream of values for a GraphQL subscription. Unlike an `async function*`, `return()` cleans up at once even while
 * `next()` waits, so a client that leaves does not stay subscribed until the next event.
 * A reader more than `queueMax` values behind is ended with UNAVAILABLE rather than silently losing values.
 */
export function liveIterator<T>(start: LiveSource<T>, options: LiveIteratorOptions<T> = {}): AsyncIterableIterator<T> {
  return new LiveIterator(start, options);
}

type Waiter<T> = { resolve(result: IteratorResult<T, undefined>): void; reject(error: Error): void };

class LiveIterator<T> implements AsyncIterableIterator<T, undefined> {
  readonly #queue = new Map<string, T>();
  readonly #waiters: Waiter<T>[] = [];
  readonly #options: LiveIteratorOptions<T>;
  #stop: (() => void) | null = null;
  #pushed = 0;
  #ended = false;
  #error: Error | undefined;

  constructor(start: LiveSource<T>, options: LiveIteratorOptions<T>) {
    this.#options = options;
    const stop = start(
      (value) => this.#push(value),
      (error) => this.#end(error),
    );
    // The source may have ended while it started.
    if (this.#ended) stop();
    else this.#stop = stop;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const first = this.#queue.entries().next();
    if (!first.done) {
      const [key, value] = first.value;
      this.#queue.delete(key);
      return Promise.resolve({ value, done: false });
    }
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#queue.clear();
    this.#error = undefined;
    this.#end();
    return Promise.resolve({ value: undefined, done: true });
  }

  throw(): Promise<IteratorResult<T, undefined>> {
    return this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #push(value: T): void {
    if (this.#ended) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.resolve({ value, done: false });
      return;
    }
    this.#pushed += 1;
    this.#queue.set(this.#options.coalesceBy?.(value) ?? String(this.#pushed), value);
    if (this.#queue.size > (this.#options.queueMax ?? LIVE_QUEUE_MAX)) {
      this.#queue.clear();
      this.#end(new SlipwayError('UNAVAILABLE', { what: 'this subscription (its reader fell too far behind)' }));
    }
  }

  #end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    const stop = this.#stop;
    this.#stop = null;
    const [first, ...others] = this.#waiters.splice(0);
    if (first === undefined) this.#error = error;
    else if (error !== undefined) first.reject(error);
    else first.resolve({ value: undefined, done: true });
    for (const waiter of others) waiter.resolve({ value: undefined, done: true });
    stop?.();
  }
}
