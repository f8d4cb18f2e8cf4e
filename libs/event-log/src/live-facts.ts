import type { RecordedEvent } from './event-log.js';

/** An event as the bus brings it. `previousPosition` is that of the event before it in the log, 0 for the first. */
export type LiveFact = { readonly event: RecordedEvent; readonly previousPosition: number; readonly sizeBytes: number };

/** Facts kept for followers that are a little behind; whoever is further behind reads the log. */
export const FACTS_KEPT_MAX = 2_000;
export const FACTS_KEPT_BYTES_MAX = 16_777_216;

/** The newest facts, without a gap among them, in order. */
export class LiveFacts {
  readonly #facts: LiveFact[] = [];
  #bytes = 0;
  #gaps = 0;

  /** How often a fact came whose predecessor had not. */
  get gaps(): number {
    return this.#gaps;
  }

  /** Position of the newest, 0 when there is none. */
  get head(): number {
    return this.#facts.at(-1)?.event.position ?? 0;
  }

  /** False: it was known. Whatever order and however often facts come, what is kept is a stretch of the log. */
  offer(fact: LiveFact): boolean {
    if (fact.event.position <= this.head) return false;
    if (this.#facts.length > 0 && fact.previousPosition !== this.head) {
      this.#gaps++;
      this.#facts.length = 0;
      this.#bytes = 0;
    }
    this.#facts.push(fact);
    this.#bytes += fact.sizeBytes;
    while (this.#facts.length > 1 && (this.#facts.length > FACTS_KEPT_MAX || this.#bytes > FACTS_KEPT_BYTES_MAX))
      this.#bytes -= this.#facts.shift()?.sizeBytes ?? 0;
    return true;
  }

  /** All facts after the position; null when some of them are not kept. */
  after(position: number): readonly RecordedEvent[] | null {
    const [oldest] = this.#facts;
    if (oldest === undefined || position < oldest.previousPosition) return null;
    let first = this.#facts.length;
    while (first > 0 && (this.#facts[first - 1]?.event.position ?? 0) > position) first--;
    return this.#facts.slice(first).map(({ event }) => event);
  }
}
