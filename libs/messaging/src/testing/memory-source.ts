import { sampleFacts } from '../conformance/sample-facts.js';
import type { LoggedEvent, RelaySource } from '../relay/relay-source.js';

/** A log of sample events that grows on demand. */
export class MemorySource implements RelaySource {
  readonly events: LoggedEvent[] = [];
  readonly #wakeUps = new Set<() => void>();

  append(count: number): void {
    this.events.push(...sampleFacts(count, this.events.length + 1));
    this.#wake();
  }

  async *follow(after: number, signal: AbortSignal): AsyncIterable<{ event: LoggedEvent } | { passed: number }> {
    signal.addEventListener('abort', () => this.#wake());
    let index = this.events.findIndex(({ position }) => position > after);
    if (index === -1) index = this.events.length;
    while (!signal.aborted) {
      const event = this.events[index];
      if (event !== undefined) {
        index++;
        yield { event };
        continue;
      }
      yield { passed: this.events.at(-1)?.position ?? 0 };
      await new Promise<void>((resolve) => this.#wakeUps.add(resolve));
    }
  }

  async *readAfter(after: number, limit: number): AsyncIterable<LoggedEvent> {
    yield* this.events.filter(({ position }) => position > after).slice(0, limit);
  }

  async head(): Promise<number> {
    return this.events.at(-1)?.position ?? 0;
  }

  #wake(): void {
    for (const wake of this.#wakeUps) wake();
    this.#wakeUps.clear();
  }
}
