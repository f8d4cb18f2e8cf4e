import type { EventFilter } from './event-filter.js';
import type { RecordedEvent } from './event-log.js';

/** Where an event stands, for the fold of one row. */
export type ProjectionPlace = {
  readonly key: string;
  readonly streamId: string;
  readonly revision: number;
  readonly position: number;
  readonly recordedAtMs: number;
};

/**
 * What can be asked: rows by key, each a fold over the events that concern it. Pure, so that building it again from the
 * log gives the same rows.
 */
export type Projection<Row, Event> = {
  /** kebab-case, unique in its store. */
  readonly name: string;
  /** Raise it when `filter`, `parse`, `keys`, `apply` or the row changes: the rows are then built anew. */
  readonly version: number;
  /** The events it wants; the others are not even parsed. */
  readonly filter: EventFilter;
  parse(recorded: RecordedEvent): Event;
  /** The rows an event concerns. Absent: the one whose key is the stream id. */
  keys?(event: Event, recorded: RecordedEvent): readonly string[];
  /** The row after the event; null: no row (any more). The row is a JSON value and is never changed in place. */
  apply(row: Row | null, event: Event, at: ProjectionPlace): Row | null;
};

/** For code that carries projections about without looking into their rows. */
export type AnyProjection = Projection<unknown, unknown>;
