import type { EventFilter } from './event-filter.js';
import type { EventSequence } from './event-sequence.js';

/** Who caused an event and through what. Every value is a non-empty string without control characters; absent means unknown. */
export type EventMetadata = {
  readonly actor?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly commandId?: string | undefined;
  readonly traceparent?: string | undefined;
};

export type NewEvent = {
  /** Unique per cause: derive it (`eventIdOf`), so that a retry carries the same id. 1 to 256 bytes, no control characters. */
  readonly id: string;
  readonly type: string;
  /** Version of the stored form, from 1. */
  readonly version: number;
  /** A JSON value, or bytes. It comes back equal, with `undefined` fields left out; write 64-bit integers as strings. */
  readonly data: unknown;
  readonly metadata: EventMetadata;
};

export type RecordedEvent = NewEvent & {
  readonly streamId: string;
  /** Place in its stream, from 0, without gaps. */
  readonly revision: number;
  /** Place in the log, from 1, strictly increasing in commit order; a safe integer, so it survives JSON. */
  readonly position: number;
  /** The log's clock when the event was recorded, milliseconds since 1970. For people: nothing is ever ordered by it. */
  readonly recordedAtMs: number;
};

/**
 * What the writer believes about the stream: its last revision (-1 and 'none': there is no stream yet),
 * that it 'exists', or nothing ('any': always appends, so a retry may write twice).
 */
export type ExpectedRevision = number | 'none' | 'exists' | 'any';

/** `actualRevision` is -1 when there is no such stream. `revision` and `position` are those of the last event written. */
export type AppendOutcome =
  | { readonly appended: { readonly revision: number; readonly position: number } }
  | { readonly conflict: { readonly actualRevision: number } }
  | { readonly tooLarge: { readonly sizeBytes: number; readonly sizeBytesMax: number } };

export type Direction = 'forwards' | 'backwards';

export type StreamReadOptions = {
  readonly direction?: Direction;
  /** Inclusive. Default: the first event forwards, the last one backwards. */
  readonly fromRevision?: number;
  readonly limit?: number;
};

/** A stream nobody wrote to is not an empty list. A stream read past its end is found, and empty. */
export type StreamRead = { readonly found: EventSequence } | { readonly notFound: true };

export type LogReadOptions = {
  readonly direction?: Direction;
  /** Forwards: events after this position (exclusive). Default 0. */
  readonly after?: number;
  /** Backwards: events before this position (exclusive). Default: from the end. */
  readonly before?: number;
  readonly limit?: number;
  readonly filter?: EventFilter;
};

export type FollowOptions = {
  /** Exclusive; 0 is the beginning, 'end' means only what is appended from now on. */
  readonly after: number | 'end';
  readonly filter?: EventFilter;
  /** Aborting ends the iteration quietly. */
  readonly signal?: AbortSignal;
};

export type FollowStreamOptions = {
  /** Exclusive; -1 is the beginning, 'end' means only what is appended from now on. */
  readonly afterRevision: number | 'end';
  readonly signal?: AbortSignal;
};

/**
 * `caughtUp` comes exactly once, after every older event and before every later one. `checkpoint` says that everything up
 * to there has been passed, also when the filter let nothing through. Both carry a position (for `followStream`: a revision).
 */
export type FollowMessage =
  | { readonly event: RecordedEvent }
  | { readonly caughtUp: number }
  | { readonly checkpoint: number };

export type StreamHead = { readonly streamId: string; readonly revision: number };

/** What every process may do with the log. */
export interface EventLogReader extends AsyncDisposable {
  readStream(streamId: string, options?: StreamReadOptions): Promise<StreamRead>;
  readAll(options?: LogReadOptions): EventSequence;
  /** Past first and then live, until the signal aborts, the iteration is left, or the log is closed. */
  follow(options: FollowOptions): AsyncIterableIterator<FollowMessage>;
  /** A stream that does not exist yet is waited for. */
  followStream(streamId: string, options: FollowStreamOptions): AsyncIterableIterator<FollowMessage>;
  /** The streams whose id starts with the prefix, in byte order, each with its last revision. */
  listStreams(options?: { readonly prefix?: string }): AsyncIterable<StreamHead>;
  /** The revision at which this stream holds the event with this id (the first, should there be several), or null. */
  findEvent(streamId: string, eventId: string): Promise<number | null>;
  /** Position of the last event; 0 when the log is empty. */
  head(): Promise<number>;
}

/**
 * The truth. There is no way to delete, truncate or edit: what was acknowledged stays.
 *
 * Closing waits for appends in flight and ends every follower.
 */
export interface EventLog extends EventLogReader {
  /**
   * Writes all events or none; when it resolves with `appended` they are durable as far as the adapter promises.
   * A conflict is an outcome, not an error. A retry with the same ids and the same expected revision answers with the
   * original numbers and writes nothing, also when other events followed; so after an unknown outcome, retry.
   * Beware: the same ids at the *current* revision are new events.
   *
   * Throws InvalidEventError (bad id, type, version, metadata or stream id), LogOverloadedError (queue full: nothing
   * written), LogClosedError; any other error means that the outcome is unknown.
   */
  append(streamId: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendOutcome>;
}
