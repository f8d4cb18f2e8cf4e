/** A fact with what the log adds to it: where and when it was recorded, and what is known of who and what caused it. */
export type RecordedFact<Event extends { readonly type: string }> = {
  readonly type: Event['type'];
  readonly event: Event;
  readonly eventId: string;
  /** The part of the stream's id before the first `-`. */
  readonly category: string;
  /** The rest of it. */
  readonly streamKey: string;
  /** Place in its stream, from 0. */
  readonly revision: number;
  /** Place in the log, from 1. */
  readonly position: number;
  /** The log's clock. */
  readonly recordedAtMs: number;
  readonly actor: string | null;
  /** What caused it: the id of a process's effect, or of a fact. */
  readonly causeId: string | null;
  readonly correlationId: string | null;
};
