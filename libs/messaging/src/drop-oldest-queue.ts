/** First in, first out, and never longer than its limit: the oldest make room for the newest. */
export class DropOldestQueue<T> {
  #items: T[] = [];
  #first = 0;
  #droppedCount = 0;
  readonly #lengthMax: number;

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  get length(): number {
    return this.#items.length - this.#first;
  }

  get droppedCount(): number {
    return this.#droppedCount;
  }

  push(item: T): void {
    if (this.length >= this.#lengthMax) {
      this.shift();
      this.#droppedCount++;
    }
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#first++];
    if (this.#first >= this.#lengthMax) {
      this.#items = this.#items.slice(this.#first); // one copy per lengthMax items
      this.#first = 0;
    }
    return item;
  }

  /** Drops all that is left, counted. */
  clear(): void {
    this.#droppedCount += this.length;
    this.#items = [];
    this.#first = 0;
  }
}
