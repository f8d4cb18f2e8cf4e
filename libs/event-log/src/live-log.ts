import { matchesFilter, type EventFilter } from './event-filter.js';
import type { EventLog } from './event-log.js';
import { Follower, type FollowedStretch } from './follower.js';
import { LiveFacts, type LiveFact } from './live-facts.js';

/** With no fact for so long the log itself is asked whether it has grown: the bus may have lost one, or be gone. */
export const SILENCE_MS = 1_000;

export type LiveLogOptions = {
  readonly silenceMs?: number;
  /** Told when the log could not be asked; followers tell of their own failures. */
  readonly onError?: (error: unknown) => void;
};

export interface LiveLog extends EventLog {
  /** Takes a fact from the bus, in any order and any number of times. */
  offer(fact: LiveFact): void;
  /** `gaps`: how often facts were missing and the log was read instead. `head`: the highest position heard of. */
  liveness(): { readonly head: number; readonly gaps: number };
}

/**
 * The log for the past, the bus for the present: following reads the log until its end and from then on takes the facts
 * that are offered. Where one is missing, or none comes, it goes back to the log; so the bus may lose, repeat or
 * reorder whatever it likes and only time is lost. What was appended here is followed at once, without the bus.
 * Closing ends the followers and leaves the log itself open.
 */
export function logWithLiveFacts(log: EventLog, options: LiveLogOptions = {}): LiveLog {
  return new LogWithLiveFacts(log, options);
}

class LogWithLiveFacts implements LiveLog {
  readonly #log: EventLog;
  readonly #facts = new LiveFacts();
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  readonly #options: LiveLogOptions;
  #head = 0;
  #silence: NodeJS.Timeout | null = null;

  readonly readStream: EventLog['readStream'];
  readonly readAll: EventLog['readAll'];
  readonly listStreams: EventLog['listStreams'];
  readonly findEvent: EventLog['findEvent'];
  readonly head: EventLog['head'];

  constructor(log: EventLog, options: LiveLogOptions) {
    this.#log = log;
    this.#options = options;
    this.readStream = (streamId, readOptions) => log.readStream(streamId, readOptions);
    this.readAll = (readOptions) => log.readAll(readOptions);
    this.listStreams = (listOptions) => log.listStreams(listOptions);
    this.findEvent = (streamId, eventId) => log.findEvent(streamId, eventId);
    this.head = () => log.head();
  }

  offer(fact: LiveFact): void {
    if (this.#facts.offer(fact)) this.#heardOf(fact.event.position);
  }

  liveness(): { readonly head: number; readonly gaps: number } {
    return { head: this.#head, gaps: this.#facts.gaps };
  }

  async append(...args: Parameters<EventLog['append']>): ReturnType<EventLog['append']> {
    const outcome = await this.#log.append(...args);
    if ('appended' in outcome) this.#heardOf(outcome.appended.position);
    return outcome;
  }

  follow({ after, filter = {}, signal }: Parameters<EventLog['follow']>[0]): ReturnType<EventLog['follow']> {
    return new Follower(
      {
        readAfter: this.#reading(filter, after),
        numberOf: ({ position }) => position,
        onChange: (listener) => this.#onChange(listener),
      },
      after === 'end' ? 0 : after,
      [signal, this.#closing.signal],
    );
  }

  followStream(streamId: string, options: Parameters<EventLog['followStream']>[1]): ReturnType<EventLog['followStream']> {
    const signals = [this.#closing.signal, options.signal].filter((signal) => signal !== undefined);
    return this.#log.followStream(streamId, { ...options, signal: AbortSignal.any(signals) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    if (this.#silence !== null) clearTimeout(this.#silence);
    this.#silence = null;
  }

  /** Of one follower: the log until its end, and afterwards whatever is heard of. */
  #reading(filter: EventFilter, after: number | 'end'): (position: number) => FollowedStretch | Promise<FollowedStretch> {
    let end = after === 'end' ? this.#log.head() : null;
    end?.catch(() => undefined); // it is awaited by the first read, and a failure reported there
    let pastRead = end !== null;
    return (position) => {
      if (end !== null) {
        const present = end.then((head): FollowedStretch => ({ events: [], scannedTo: head, atEnd: true }));
        end = null;
        return present;
      }
      if (pastRead && position >= this.#head) return { events: [], scannedTo: position, atEnd: true };
      const facts = pastRead ? this.#facts.after(position) : null;
      if (facts !== null && this.#facts.head >= this.#head) {
        return { events: facts.filter((event) => matchesFilter(filter, event)), scannedTo: this.#facts.head, atEnd: true };
      }
      return this.#readLog(position, filter).then((stretch) => {
        pastRead ||= stretch.atEnd;
        return stretch;
      });
    };
  }

  /** One page. The head is asked for first, so that a page without events says how far it looked. */
  async #readLog(after: number, filter: EventFilter): Promise<FollowedStretch> {
    const head = await this.#log.head();
    for await (const events of this.#log.readAll({ after, filter }).pages()) {
      const scannedTo = events.at(-1)?.position ?? after;
      return { events, scannedTo, atEnd: scannedTo >= head };
    }
    return { events: [], scannedTo: Math.max(after, head), atEnd: true };
  }

  #onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#silence === null) this.#awaitFacts();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0 || this.#silence === null) return;
      clearTimeout(this.#silence);
      this.#silence = null;
    };
  }

  #heardOf(position: number): void {
    if (position <= this.#head) return;
    this.#head = position;
    this.#silence?.refresh();
    for (const listener of this.#listeners) listener();
  }

  #awaitFacts(): void {
    this.#silence = setTimeout(() => void this.#askLog(), this.#options.silenceMs ?? SILENCE_MS);
  }

  async #askLog(): Promise<void> {
    try {
      this.#heardOf(await this.#log.head());
    } catch (error) {
      this.#options.onError?.(error);
    }
    if (this.#listeners.size > 0 && !this.#closing.signal.aborted) this.#awaitFacts();
    else this.#silence = null;
  }
}
