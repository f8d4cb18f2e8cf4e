/** Who caused a fact and through what; absent means unknown. */
export type FactMetadata = {
  readonly actor?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly commandId?: string | undefined;
  /** W3C trace context. On the bus: that of the publishing, a child of the event's own. */
  readonly traceparent?: string | undefined;
};

/** A recorded event on its way to other services. */
export type Fact = {
  readonly id: string;
  readonly type: string;
  /** Version of the stored form of `data`, from 1. */
  readonly version: number;
  readonly streamId: string;
  /** Place in its stream, from 0, without gaps. */
  readonly revision: number;
  /** Place in the log, from 1, strictly increasing; not without gaps. */
  readonly position: number;
  /** Position of the fact before this one, 0 for the first: who has not seen that one has missed something. */
  readonly previousPosition: number;
  /** Milliseconds since 1970. */
  readonly recordedAtMs: number;
  /** A JSON value, or bytes. */
  readonly data: unknown;
  readonly metadata: FactMetadata;
};
