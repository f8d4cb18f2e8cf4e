/** From one who produces to one who takes many at once; whoever is ahead waits. */
export class Handoff<T> {
  readonly #lengthMax: number;
  #items: T[] = [];
  #ended: { readonly error: Error | null } | null = null;
  #wakeTaker: () => void = () => undefined;
  #wakeGiver: () => void = () => undefined;

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  get length(): number {
    return this.#items.length;
  }

  /** Waits while there is no room. Afterwards the item is dropped if it ended meanwhile. */
  async give(item: T): Promise<void> {
    while (this.#items.length >= this.#lengthMax && this.#ended === null) await new Promise<void>((resolve) => (this.#wakeGiver = resolve));
    this.#items.push(item);
    this.#wakeTaker();
  }

  /** Waits for the first and gives what there is, at most `countMax`. Null, or what it ended with is thrown, once it ended and is empty. */
  async take(countMax: number): Promise<T[] | null> {
    while (this.#items.length === 0) {
      if (this.#ended !== null) {
        if (this.#ended.error === null) return null;
        throw this.#ended.error;
      }
      await new Promise<void>((resolve) => (this.#wakeTaker = resolve));
    }
    const taken = this.#items.splice(0, countMax);
    this.#wakeGiver();
    return taken;
  }

  /** No more will come. `error` null: as it should be. */
  end(error: Error | null = null): void {
    this.#ended ??= { error };
    this.#wakeTaker();
    this.#wakeGiver();
  }
}
