import type { EventStoreConnection } from './eventstore-connection.js';
import type { EventStoreLogTail } from './eventstore-log-tail.js';
import type { EventStoreScope } from './eventstore-recorded-event.js';
import { pause } from './pause.js';

/** How often followers look for themselves, whatever the live subscription says. */
export const FOLLOW_POLL_INTERVAL_MS = 1_000;
/** After the live subscription was cut off. */
export const RESUBSCRIBE_PAUSE_MS = 250;

/** Null: any stream may have changed. */
type NewsListener = (stream: string | null) => void;

/**
 * Tells followers that the log has grown: by a live subscription of the server's, which is taken again when it is cut
 * off, and by looking now and then. It asks the server for nothing while nobody follows.
 */
export class EventStoreNews {
  readonly #connection: EventStoreConnection;
  readonly #scope: EventStoreScope;
  readonly #tail: EventStoreLogTail;
  readonly #listeners = new Set<NewsListener>();
  #listening: AbortController | null = null;

  constructor(connection: EventStoreConnection, scope: EventStoreScope, tail: EventStoreLogTail) {
    this.#connection = connection;
    this.#scope = scope;
    this.#tail = tail;
  }

  onChange(listener: NewsListener): () => void {
    this.#listeners.add(listener);
    this.#listening ??= this.#listen();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  tell(stream: string | null): void {
    for (const listener of [...this.#listeners]) listener(stream);
  }

  close(): void {
    this.#listening?.abort();
    this.#listening = null;
  }

  #listen(): AbortController {
    const listening = new AbortController();
    void this.#subscribe(listening.signal);
    void this.#poll(listening.signal);
    return listening;
  }

  /** A failure is not told: followers read after every change and meet it there. */
  async #subscribe(signal: AbortSignal): Promise<void> {
    const listener = {
      begun: () => this.tell(null), // what came while there was no subscription
      event: (stream: string, position: number) => {
        if (!this.#scope.holds(stream)) return;
        this.#tail.heardOf(position);
        this.tell(stream);
      },
      caughtUp: () => undefined,
    };
    while (!signal.aborted) {
      await this.#connection.subscribe(this.#scope.prefix, 'end', listener, signal).catch(() => undefined);
      await pause(RESUBSCRIBE_PAUSE_MS, signal);
    }
  }

  async #poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(FOLLOW_POLL_INTERVAL_MS, signal);
      const before = this.#tail.knownHead;
      const head = signal.aborted ? before : await this.#tail.head().catch(() => before);
      if (head > before) this.tell(null);
    }
  }
}
