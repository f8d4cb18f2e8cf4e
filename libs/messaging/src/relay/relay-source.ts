import type { Fact } from '@slipway/contracts';

/** An event as the log has it. */
export type LoggedEvent = Omit<Fact, 'previousPosition'>;

/** The log, as far as the relay needs it. */
export type RelaySource = {
  /** Past first and then live, until the signal aborts. `passed`: everything up to there was looked at. */
  follow(after: number, signal: AbortSignal): AsyncIterable<{ readonly event: LoggedEvent } | { readonly passed: number }>;
  /** The first events after a position, at most `limit`. */
  readAfter(after: number, limit: number): AsyncIterable<LoggedEvent>;
  /** Position of the last event, 0 when there is none. */
  head(): Promise<number>;
};
