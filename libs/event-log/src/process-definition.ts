import type { Process } from '@slipway/domain';
import type { SnapshotCodec } from './aggregate.js';
import type { EventFilter } from './event-filter.js';
import type { EventMetadata, RecordedEvent } from './event-log.js';

/**
 * An effect that asks for an input later. The runner keeps it: arming the same `timerId` again replaces it, it survives
 * restarts, and one that fell due meanwhile fires after the facts that were missed. `delayMs` counts from when the
 * input that caused it was taken.
 */
export type TimerEffect<Input> =
  | { readonly type: 'wakeIn'; readonly timerId: string; readonly delayMs: number; readonly input: Input }
  | { readonly type: 'wakeAt'; readonly timerId: string; readonly atMs: number; readonly input: Input };

/** What is left for `perform`. */
export type PerformedEffect<Effect> = Exclude<Effect, { readonly type: 'wakeIn' | 'wakeAt' }>;

export type PerformContext = {
  readonly key: string;
  /** The same every time this effect is performed: use it as the idempotency key, or as a command's id. */
  readonly effectId: string;
  /** For what the effect causes: the actor is the process, the cause is the input that planned it. */
  readonly metadata: EventMetadata;
  /** Aborted when the runner closes. */
  readonly signal: AbortSignal;
};

export type Routed<Input> = { readonly key: string; readonly input: Input };

export type JsonCodec<T> = { toJson(value: T): unknown; fromJson(json: unknown): T };

/** A process of the domain, and how it meets the world. */
export type ProcessDefinition<State, Input, Effect extends { readonly type: string }> = {
  /** Names its streams, `process-<name>-<key>`; unique in the log. */
  readonly name: string;
  readonly process: Process<State, Input, Effect>;
  /** The facts it may want, for the log; `route` decides. */
  readonly filter: EventFilter;
  /** Which instance a fact goes to, as which input; null: it concerns none. Pure. */
  route(fact: RecordedEvent): Routed<Input> | null;
  /**
   * At least once, in order within a key; safe to repeat under the same `effectId`. Throwing means "try again": it is
   * retried for ever, and effects behind it wait. What may go wrong for good must come back as a fact instead.
   */
  perform(effect: PerformedEffect<Effect>, context: PerformContext): Promise<void>;
  /** Absent: inputs and effects are JSON values as they are. */
  readonly inputCodec?: JsonCodec<Input>;
  readonly effectCodec?: JsonCodec<PerformedEffect<Effect>>;
  /** Absent: instances are always folded from their beginning. */
  readonly snapshot?: SnapshotCodec<State>;
};

export const processStreamId = (name: string, key: string): string => `process-${name}-${key}`;
