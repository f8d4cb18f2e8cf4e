/** Passes a stream on, and can be ended from outside: a waiting `next()` is then done at once, and the source let go. */
export class EndableIterator<T> implements AsyncIterableIterator<T, undefined> {
  readonly #waiting = new Set<(result: IteratorResult<T, undefined>) => void>();
  #ended = false;

  constructor(
    private readonly source: AsyncIterator<T>,
    private readonly onEnd: () => void,
  ) {}

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      this.source.next().then(
        (step) => {
          this.#waiting.delete(resolve);
          if (step.done === true) this.#finish();
          resolve(step.done === true ? { value: undefined, done: true } : step);
        },
        (error: unknown) => {
          this.#waiting.delete(resolve);
          this.#finish();
          reject(error as Error);
        },
      );
    });
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    if (!this.#ended) {
      this.#finish();
      await this.source.return?.();
    }
    return { value: undefined, done: true };
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

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const resolve of this.#waiting) resolve({ value: undefined, done: true });
    this.#waiting.clear();
    this.onEnd();
  }
}
