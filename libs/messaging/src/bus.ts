import type { Fact } from '@slipway/contracts';
import type { Signals, Unsubscribe } from './signals.js';

/** A fact, by its id and its place in the log. */
export type FactMark = { readonly id: string; readonly position: number };

/**
 * `outOfStep`: the stream does not end where the publisher believed. `published` facts of this call are in it nevertheless;
 * `lastFact` is where it ends now.
 */
export type PublishOutcome =
  | { readonly published: number }
  | { readonly outOfStep: { readonly published: number; readonly lastFact: FactMark | null } };

export type FactsOptions = {
  /** Names the reader: it goes on where it stopped. Letters, digits, `_` and `-`. One reader at a time per name. */
  readonly durable: string;
  /** Position up to which the reader knows the facts: only later ones are given, wherever the name stopped before. */
  readonly after?: number;
  /** A subject below `slipway.facts`, wildcards allowed. Default: every fact. */
  readonly subject?: string;
  /** Aborting ends the iteration quietly. */
  readonly signal?: AbortSignal;
};

/** `detail` is one line for people: why it is not connected, or what is wrong although it is. */
export type BusStatus = { readonly connected: boolean; readonly detail: string | null };

/**
 * Carries facts and signals between services. It keeps facts for a while, in one stream in the order of the log, and may
 * lose them: the log is the truth, and a reader that finds a gap (`previousPosition`) reads there.
 *
 * Methods throw BusUnreachableError, BusVersionError, BusSetupError or BusClosedError, each of one line; after
 * BusUnreachableError it is unknown whether something was published: ask `lastFact`.
 */
export interface Bus extends AsyncDisposable {
  /**
   * Publishes facts, in the order of the log, behind the fact `after` (null: the stream holds none). Two publishers who
   * both believe to be the only one neither disorder nor double the stream: one of them is out of step.
   */
  publishFacts(facts: readonly Fact[], after: { readonly id: string } | null): Promise<PublishOutcome>;
  /** The last fact of the stream, from the stream itself; null when it holds none. */
  lastFact(): Promise<FactMark | null>;
  /**
   * Facts as they come, each position once and rising. A fact counts as handled when the next is asked for; what was given and not
   * handled comes again to the next reader of this name. Outlasts the loss of the bus, and goes on afterwards.
   */
  facts(options: FactsOptions): AsyncIterableIterator<Fact>;
  status(): BusStatus;
  /** Called at every change of the status. */
  onStatus(listener: (status: BusStatus) => void): Unsubscribe;
  readonly signals: Signals;
}

/** Facts published and not yet acknowledged, per publisher. */
export const PUBLISH_IN_FLIGHT_MAX = 256;
/** Facts sent to a reader and not yet handled by it. */
export const READ_AHEAD_FACTS_MAX = 256;

const DURABLE = /^[A-Za-z0-9_-]{1,100}$/;

export function assertDurable(durable: string): void {
  if (!DURABLE.test(durable)) throw new Error(`"${durable.slice(0, 100)}" cannot be the name of a reader of facts`);
}
