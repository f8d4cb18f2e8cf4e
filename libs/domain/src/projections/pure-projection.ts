/** What a table can be searched by, besides the row itself. */
export type ColumnValues = Readonly<Record<string, string | number | boolean | null>>;

/**
 * What can be asked: rows by key, each a fold over the events that concern it. Nothing here knows where events or rows
 * are kept, so that whoever has the log can make the rows again and compare them with those that are served.
 */
export type PureProjection<Row, Event extends { readonly type: string }, Columns extends ColumnValues = ColumnValues> = {
  /** kebab-case, unique. */
  readonly name: string;
  /** Raise it when `types`, `keys`, `apply` or the row changes: the rows are then built anew. */
  readonly version: number;
  /** The events it wants. */
  readonly types: readonly Event['type'][];
  /** 'recorded facts': its events are RecordedFacts, and it sees where each stands in the log and who caused it. Absent: plain events. */
  readonly takes?: 'recorded facts';
  /** The rows an event concerns. `streamKey` is the id of the event's stream without its category. */
  keys(event: Event, streamKey: string): readonly string[];
  /** The row after the event; null: no row (any more). The row is a JSON value and is never changed in place. */
  apply(row: Row | null, event: Event, key: string): Row | null;
  columns(row: Row): Columns;
};

/** For code that carries projections about without looking into their rows. */
export type AnyPureProjection = PureProjection<unknown, { readonly type: string }>;

/** The types of a union of events: a missing or misspelt one does not compile. */
export const typesOf = <Event extends { readonly type: string }>(types: { readonly [T in Event['type']]: true }): readonly Event['type'][] =>
  Object.keys(types) as Event['type'][];
