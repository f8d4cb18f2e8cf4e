import type { LogLine } from '@slipway/runtimes';

/** Lines that wait for a slow reader; each is at most LOG_LINE_MAX_CHARS long, 4 MiB in all. */
export const LINES_WAITING_MAX = 1000;

/** A line that is told, and how many before it were not. */
export type ToldLine = LogLine & { readonly skippedLines: number };

/**
 * Lines on their way to one reader, in order. Of one that is too slow the oldest are let go, and the line after them says
 * how many. As a hand-written iterator it is left at once, also while it waits.
 */
export class LineQueue implements AsyncIterableIterator<ToldLine, undefined> {
  #lines: ToldLine[] = [];
  #skipped = 0;
  #haveRoom: (() => void)[] = [];
  #waiting: { resolve(result: IteratorResult<ToldLine, undefined>): void; reject(error: Error): void } | null = null;
  #isOver = false;
  #error: Error | null = null;

  /** `onLeave`: called once, when it is over for whatever reason. */
  constructor(
    private readonly onLeave: () => void,
    private readonly linesMax = LINES_WAITING_MAX,
  ) {}

  get isFull(): boolean {
    return !this.#isOver && this.#lines.length >= this.linesMax;
  }

  /** Resolves when the reader has taken the next line, or is over. */
  taken(): Promise<void> {
    return new Promise((resolve) => this.#haveRoom.push(resolve));
  }

  /** So many lines are missing before the next one. */
  skip(count: number): void {
    this.#skipped += count;
  }

  push(line: LogLine): void {
    if (this.#isOver) return;
    const told = { ...line, skippedLines: this.#skipped };
    this.#skipped = 0;
    if (this.#waiting !== null) {
      this.#waiting.resolve({ value: told, done: false });
      this.#waiting = null;
      return;
    }
    this.#lines.push(told);
    if (this.#lines.length <= this.linesMax) return;
    const [oldest, next] = [this.#lines.shift(), this.#lines[0]];
    const skipped = (oldest?.skippedLines ?? 0) + 1;
    if (next === undefined) this.#skipped += skipped;
    else this.#lines[0] = { ...next, skippedLines: next.skippedLines + skipped };
  }

  /** What waits is still told. */
  end(error: Error | null = null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) this.next().then(waiting.resolve, waiting.reject);
    this.#tellRoom();
    this.onLeave();
  }

  next(): Promise<IteratorResult<ToldLine, undefined>> {
    const line = this.#lines.shift();
    this.#tellRoom();
    if (line !== undefined) return Promise.resolve({ value: line, done: false });
    const error = this.#error;
    this.#error = null;
    if (error !== null) return Promise.reject(error);
    if (this.#isOver) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  return(): Promise<IteratorResult<ToldLine, undefined>> {
    this.#lines = [];
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  #tellRoom(): void {
    for (const tell of this.#haveRoom.splice(0)) tell();
  }

  throw(): Promise<IteratorResult<ToldLine, undefined>> {
    return this.return();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
