import type { Decider } from '@slipway/domain';
import type { RecordedEvent } from './event-log.js';

/** A decider and how its events are stored. */
export type Aggregate<State, Command, Event, Rejection> = {
  readonly decider: Decider<State, Command, Event, Rejection>;
  parse(recorded: RecordedEvent): Event;
  serialize(event: Event): SerializedEvent;
  /** Absent: its streams are short, and always folded from their beginning. */
  readonly snapshot?: SnapshotCodec<State>;
};

export type SerializedEvent = { readonly type: string; readonly version: number; readonly data: unknown };

export type SnapshotCodec<State> = {
  /** Names the fold: raise it whenever `evolve` or the shape of the state changes, and old snapshots are left alone. */
  readonly version: string;
  /** A JSON value from which `fromJson` makes an equal state. */
  toJson(state: State): unknown;
  fromJson(json: unknown): State;
};
