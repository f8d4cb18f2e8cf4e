import type { Fact } from '@slipway/contracts';
import type { Bus, FactMark } from '../bus.js';
import { Backoff, pause } from '../pause.js';
import { Handoff } from './handoff.js';
import { startPublishSpan } from './publish-span.js';
import type { RelaySource } from './relay-source.js';
import { findRelayStart, type RelayStart } from './relay-start.js';

export type { LoggedEvent, RelaySource } from './relay-source.js';

/** Events read from the log and not yet published. */
export const RELAY_READ_AHEAD_EVENTS_MAX = 2_048;
/** Facts handed to the bus at once. */
export const RELAY_BATCH_FACTS_MAX = 1_024;
/** Between attempts after a failure. */
export const RELAY_RETRY_FIRST_MS = 50;
export const RELAY_RETRY_MAX_MS = 2_000;

export type RelayHealth = {
  /** The log is on the bus up to here. */
  readonly position: number;
  /** Events read and not yet published; for how long the relay has been behind, in milliseconds. */
  readonly waitingCount: number;
  readonly behindMs: number;
  /** One line; null when all is well. */
  readonly error: string | null;
};

export type RelayOptions = {
  readonly source: RelaySource;
  readonly bus: Bus;
  readonly onNotice?: (line: string) => void;
};

export interface Relay extends AsyncDisposable {
  health(): RelayHealth;
}

/**
 * Publishes every event of the log, in its order, until it is disposed of. Keeps no place of its own: the stream tells. May run twice
 * at once, to no harm. Goes on after every failure of the log or the bus.
 */
export function startRelay(options: RelayOptions): Relay {
  return new RunningRelay(options);
}

class RunningRelay implements Relay {
  readonly #source: RelaySource;
  readonly #bus: Bus;
  readonly #onNotice: (line: string) => void;
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff(RELAY_RETRY_FIRST_MS, RELAY_RETRY_MAX_MS);
  readonly #ended: Promise<void>;
  #position = 0;
  #waitingCount = 0;
  #behindSinceMs: number | null = null;
  #error: string | null = null;
  #unknownId: string | null = null;

  constructor({ source, bus, onNotice = () => undefined }: RelayOptions) {
    this.#source = source;
    this.#bus = bus;
    this.#onNotice = onNotice;
    this.#ended = this.#run();
  }

  health(): RelayHealth {
    const behindMs = this.#behindSinceMs === null ? 0 : performance.now() - this.#behindSinceMs;
    return { position: this.#position, waitingCount: this.#waitingCount, behindMs, error: this.#error };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const start = await findRelayStart(this.#source, this.#bus);
        this.#begin(start);
        await this.#relay(start);
      } catch (error) {
        if (!signal.aborted) this.#failed(error);
        await pause(this.#backoff.next(), signal);
      }
    }
  }

  #begin({ after, unknown }: RelayStart): void {
    this.#position = after;
    this.#error = null;
    if (unknown === null || unknown.id === this.#unknownId) return;
    this.#unknownId = unknown.id;
    this.#onNotice(`the bus ends with fact ${unknown.id} at position ${unknown.position}, which this log does not hold; going on behind position ${after} of the log`);
  }

  /** Until stopped, or until the stream ends elsewhere than believed: then the next round begins where it does. */
  async #relay(start: RelayStart): Promise<void> {
    const round = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, round.signal]);
    const facts = new Handoff<Fact>(RELAY_READ_AHEAD_EVENTS_MAX);
    const reading = this.#read(start.after, facts, signal);
    const stop = (): void => facts.end();
    signal.addEventListener('abort', stop, { once: true });
    try {
      let last: FactMark | null = start.lastFact;
      for (let batch = await facts.take(RELAY_BATCH_FACTS_MAX); batch !== null && !signal.aborted; batch = await facts.take(RELAY_BATCH_FACTS_MAX)) {
        last = await this.#publish(batch, last, facts);
        if (last === null) return;
      }
    } finally {
      round.abort();
      await reading;
      this.#behind(0);
    }
  }

  async #read(after: number, facts: Handoff<Fact>, signal: AbortSignal): Promise<void> {
    try {
      let previousPosition = after;
      for await (const message of this.#source.follow(after, signal)) {
        if (signal.aborted) return;
        if ('event' in message) {
          await facts.give({ ...factOf(message.event), previousPosition });
          previousPosition = message.event.position;
        } else if (this.#behindSinceMs === null) this.#position = Math.max(this.#position, message.passed);
      }
      facts.end(signal.aborted ? null : new Error('the log ended'));
    } catch (error) {
      facts.end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** The last fact published; null when out of step. */
  async #publish(batch: readonly Fact[], after: FactMark | null, facts: Handoff<Fact>): Promise<FactMark | null> {
    this.#behind(batch.length + facts.length);
    const spans = batch.map(startPublishSpan);
    let [publishedCount, failure]: [number, string | null] = [0, null];
    try {
      const outcome = await this.#bus.publishFacts(
        spans.map(({ fact }) => fact),
        after,
      );
      const isInStep = 'published' in outcome;
      publishedCount = isInStep ? outcome.published : outcome.outOfStep.published;
      failure = isInStep ? null : 'published by another relay';
      const last = batch[publishedCount - 1];
      if (last !== undefined) {
        this.#position = last.position;
        this.#backoff.reset();
      }
      if (!isInStep || last === undefined) return null;
      this.#behind(facts.length);
      return { id: last.id, position: last.position };
    } catch (error) {
      failure = lineOf(error);
      throw error;
    } finally {
      for (const [index, span] of spans.entries()) span.end(index < publishedCount ? null : failure);
    }
  }

  #behind(waitingCount: number): void {
    this.#waitingCount = waitingCount;
    this.#behindSinceMs = waitingCount === 0 ? null : (this.#behindSinceMs ?? performance.now());
  }

  #failed(error: unknown): void {
    const line = lineOf(error);
    if (line !== this.#error) this.#onNotice(`the relay stopped at position ${this.#position} and tries again: ${line}`);
    this.#error = line;
  }
}

const lineOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');

/** The log may hang more on an event than travels. */
function factOf({ id, type, version, streamId, revision, position, recordedAtMs, data, metadata }: Omit<Fact, 'previousPosition'>): Omit<Fact, 'previousPosition'> {
  return { id, type, version, streamId, revision, position, recordedAtMs, data, metadata };
}
