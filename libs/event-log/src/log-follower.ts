import { setTimeout as wait } from 'node:timers/promises';
import type { EventFilter } from './event-filter.js';
import type { EventLogReader, RecordedEvent } from './event-log.js';

/** After the log could not be followed: doubled from time to time, up to the maximum. */
export const FOLLOW_RETRY_MS = 100;
export const FOLLOW_RETRY_MS_MAX = 10_000;

export type LogFollowerOptions = {
  readonly log: Pick<EventLogReader, 'follow'>;
  readonly filter: EventFilter;
  /** Each event once and in order. What it throws is a failure like any other, and the same event is given again. */
  readonly take: (event: RecordedEvent) => void;
  readonly onFailure: (error: unknown) => void;
};

/** Keeps something in memory up to date with the log, from its beginning and for as long as it lives, whatever fails meanwhile. */
export class LogFollower {
  readonly #stopping = new AbortController();
  readonly #waiting = new Set<{ readonly position: number; readonly end: (reached: boolean) => void }>();
  readonly #running: Promise<void>;
  #position = 0;
  #resolveCaughtUp: () => void = () => undefined;
  /** Everything the log held at the start was taken; or this was closed before. */
  readonly caughtUp = new Promise<void>((resolve) => void (this.#resolveCaughtUp = resolve));

  constructor(private readonly options: LogFollowerOptions) {
    this.#running = this.#run();
  }

  /** Log position up to which everything was taken. */
  get position(): number {
    return this.#position;
  }

  /** True once everything up to the position was taken; false when that took too long, or this was closed. */
  waitFor(position: number, timeoutMs: number): Promise<boolean> {
    if (this.#position >= position || this.#stopping.signal.aborted) return Promise.resolve(this.#position >= position);
    return new Promise((resolve) => {
      const end = (reached: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(waiter);
        resolve(reached);
      };
      const waiter = { position, end };
      const timer = setTimeout(end, timeoutMs, false);
      this.#waiting.add(waiter);
    });
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    for (const { end } of [...this.#waiting]) end(false);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let delayMs = FOLLOW_RETRY_MS;
    while (!signal.aborted) {
      try {
        const { log, filter } = this.options;
        for await (const message of log.follow({ after: this.#position, filter, signal })) {
          if ('event' in message) this.options.take(message.event);
          delayMs = FOLLOW_RETRY_MS;
          this.#reach('event' in message ? message.event.position : 'caughtUp' in message ? message.caughtUp : message.checkpoint);
          if ('caughtUp' in message) this.#resolveCaughtUp();
        }
      } catch (error) {
        if (!signal.aborted) this.options.onFailure(error);
      }
      if (!signal.aborted) await wait(delayMs, undefined, { signal }).catch(() => undefined);
      delayMs = Math.min(FOLLOW_RETRY_MS_MAX, 2 * delayMs);
    }
    this.#resolveCaughtUp();
  }

  #reach(position: number): void {
    this.#position = position;
    for (const waiter of [...this.#waiting]) if (waiter.position <= position) waiter.end(true);
  }
}
