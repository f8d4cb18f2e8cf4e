import type { Direction } from './event-log.js';

/** One event as the server gives it, of whatever stream, its own included. */
export type ConnectionRecord = {
  readonly stream: string;
  readonly revision: number;
  /** Commit position: bytes into the server's log. */
  readonly position: number;
  readonly id: string;
  readonly type: string;
  /** A JSON value, or bytes when it was not stored as JSON. */
  readonly data: unknown;
  /** What stands beside the data: ours is an object. */
  readonly metadata: unknown;
  /** The server's clock, milliseconds since 1970. */
  readonly createdMs: number;
};

/** `atEnd`: nothing came after these when they were read. */
export type ConnectionPage = { readonly records: readonly ConnectionRecord[]; readonly atEnd: boolean };

export type ConnectionEvent = {
  /** A UUID. */
  readonly id: string;
  readonly type: string;
  /** JSON text, or bytes. */
  readonly data: string | Uint8Array;
  readonly metadata: Readonly<Record<string, unknown>>;
};

export type ConnectionOutcome =
  | { readonly appended: { readonly revision: number; readonly position: number } }
  | { readonly conflict: { readonly actualRevision: number } }
  | { readonly tooLarge: { readonly sizeBytesMax: number } };

export type SubscriptionListener = {
  /** The server has taken the subscription: from now on nothing is missed. */
  begun(): void;
  event(stream: string, position: number): void;
  caughtUp(): void;
};

/**
 * What the event log asks of an EventStoreDB server. Every method rejects within a deadline: with LogUnreachableError,
 * LogRightsError, LogVersionError or EventStoreStreamDeletedError.
 */
export interface EventStoreConnection {
  /** In messages: without its login. */
  readonly server: string;
  /** -1: no stream. A LogUnreachableError tells whether it may have been written. */
  append(stream: string, events: readonly ConnectionEvent[], expectedRevision: number): Promise<ConnectionOutcome>;
  /** From a revision, inclusive. Null: there is no such stream. */
  readStream(stream: string, direction: Direction, from: number | 'end', countMax: number): Promise<ConnectionPage | null>;
  /** Forwards from a position on, inclusive; backwards what lies before it. */
  readAll(direction: Direction, from: number | 'start' | 'end', countMax: number): Promise<ConnectionPage>;
  /** Tells of events of streams with the prefix, never of the server's own. Settles when the signal aborts; rejects when it is cut off. */
  subscribe(prefix: string, from: 'start' | 'end', listener: SubscriptionListener, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
