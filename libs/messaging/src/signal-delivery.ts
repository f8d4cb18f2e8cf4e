import type { Json } from '@slipway/domain';
import { DropOldestQueue } from './drop-oldest-queue.js';
import { DELIVERY_QUEUE_MAX, type Unsubscribe } from './signals.js';

type Handler = (payload: Json) => void;

/** The handlers of this process, and what waits for them. */
export class SignalDelivery {
  readonly #handlers = new Map<string, Set<{ readonly handler: Handler }>>();
  readonly #waiting = new DropOldestQueue<{ readonly subject: string; readonly payload: string }>(DELIVERY_QUEUE_MAX);
  #isScheduled = false;

  get droppedCount(): number {
    return this.#waiting.droppedCount;
  }

  has(subject: string): boolean {
    return this.#handlers.has(subject);
  }

  subjects(): readonly string[] {
    return [...this.#handlers.keys()];
  }

  add(subject: string, handler: Handler): Unsubscribe {
    const handlers = this.#handlers.get(subject) ?? new Set();
    const entry = { handler };
    this.#handlers.set(subject, handlers.add(entry));
    return () => {
      handlers.delete(entry);
      if (handlers.size === 0 && this.#handlers.get(subject) === handlers) this.#handlers.delete(subject);
    };
  }

  /** `payload` is JSON text, so that no two receivers share a value. */
  deliver(subject: string, payload: string): void {
    if (!this.#handlers.has(subject)) return;
    this.#waiting.push({ subject, payload });
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#flush());
  }

  close(): void {
    this.#handlers.clear();
    this.#waiting.clear();
  }

  #flush(): void {
    this.#isScheduled = false;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { subject, payload } = next;
      for (const entry of this.#handlers.get(subject) ?? []) {
        // A task of its own: a handler that throws is a bug that must surface, and not one of the other handlers'.
        queueMicrotask(() => this.#handlers.get(subject)?.has(entry) && entry.handler(JSON.parse(payload) as Json));
      }
    }
  }
}
