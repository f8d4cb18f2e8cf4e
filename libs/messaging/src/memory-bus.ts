import { ALL_FACTS_SUBJECT, factSubject, parseFactEnvelope, toFactEnvelope, type Fact } from '@slipway/contracts';
import { BusClosedError } from './bus-errors.js';
import { assertDurable, type Bus, type BusStatus, type FactMark, type FactsOptions, type PublishOutcome } from './bus.js';
import { createMemorySignals } from './memory-signals.js';
import type { Unsubscribe } from './signals.js';
import { subjectMatches } from './subject-match.js';

/** Facts a memory bus keeps; the oldest go. */
export const MEMORY_BUS_FACTS_MAX = 100_000;

/** A bus within one process. `factsMax`: facts it keeps. */
export function createMemoryBus({ factsMax = MEMORY_BUS_FACTS_MAX }: { readonly factsMax?: number } = {}): Bus {
  return new MemoryBus(factsMax);
}

type Kept = { readonly subject: string; readonly mark: FactMark; readonly envelope: string };

class MemoryBus implements Bus {
  readonly signals = createMemorySignals();
  readonly #factsMax: number;
  readonly #wakeUps = new Set<() => void>();
  readonly #listeners = new Set<(status: BusStatus) => void>();
  /** By reader: the sequence number of the last fact it has handled. */
  readonly #handled = new Map<string, number>();
  #kept: Kept[] = [];
  /** Sequence number of the first fact kept, from 1. */
  #first = 1;
  #isClosed = false;

  constructor(factsMax: number) {
    this.#factsMax = factsMax;
  }

  async publishFacts(facts: readonly Fact[], after: { readonly id: string } | null): Promise<PublishOutcome> {
    const lastFact = await this.lastFact();
    if (lastFact?.id !== after?.id) return { outOfStep: { published: 0, lastFact } };
    for (const fact of facts) {
      const { id, position } = fact;
      this.#kept.push({ subject: factSubject(fact), mark: { id, position }, envelope: JSON.stringify(toFactEnvelope(fact)) });
    }
    this.#discardOldest();
    this.#wake();
    return { published: facts.length };
  }

  async lastFact(): Promise<FactMark | null> {
    this.#requireOpen();
    return this.#kept.at(-1)?.mark ?? null;
  }

  async *facts({ durable, after, subject = ALL_FACTS_SUBJECT, signal }: FactsOptions): AsyncIterableIterator<Fact> {
    assertDurable(durable);
    this.#requireOpen();
    let newest = after ?? 0;
    let sequence = after === undefined ? (this.#handled.get(durable) ?? 0) : 0;
    while (!this.#isClosed && signal?.aborted !== true) {
      sequence = Math.max(sequence, this.#first - 1);
      const next = this.#kept[sequence + 1 - this.#first];
      if (next === undefined) {
        await this.#change(signal);
        continue;
      }
      if (next.mark.position > newest && subjectMatches(subject, next.subject)) {
        yield parseFactEnvelope(JSON.parse(next.envelope));
        newest = next.mark.position;
      }
      this.#handled.set(durable, ++sequence);
    }
  }

  status(): BusStatus {
    return this.#isClosed ? { connected: false, detail: new BusClosedError().message } : { connected: true, detail: null };
  }

  onStatus(listener: (status: BusStatus) => void): Unsubscribe {
    const entry = (status: BusStatus): void => listener(status);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.signals.close();
    this.#wake();
    for (const listener of this.#listeners) listener(this.status());
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new BusClosedError();
  }

  /** Rarely, and many at once: cutting the front of a long list costs as much as copying it. */
  #discardOldest(): void {
    const surplus = this.#kept.length - this.#factsMax;
    if (surplus <= this.#factsMax / 10) return;
    this.#kept = this.#kept.slice(surplus);
    this.#first += surplus;
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wakeUps.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#wakeUps.add(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  #wake(): void {
    for (const wake of [...this.#wakeUps]) wake();
  }
}
