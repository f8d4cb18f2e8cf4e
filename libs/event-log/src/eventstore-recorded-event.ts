import type { ConnectionEvent, ConnectionRecord } from './eventstore-connection.js';
import { decodeMetadata, type EncodedEvent } from './encoded-event.js';
import { eventIdOf } from './event-id.js';
import type { EventMetadata, RecordedEvent } from './event-log.js';

const CANONICAL_UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** The streams of one log among all streams of a server: those whose name begins with the prefix, never the server's own. */
export type EventStoreScope = { readonly prefix: string; holds(stream: string): boolean };

export function eventStoreScope(prefix: string): EventStoreScope {
  return { prefix, holds: (stream) => stream.startsWith(prefix) && !stream.startsWith('$') };
}

/** Beside the data, as JSON. The names with `$` are those under which the server's own tools look for them. */
type StoredMetadata = {
  readonly version: number;
  readonly recordedAtMs: number;
  /** Our id of the event, when the server's had to be another. */
  readonly id?: string;
  readonly actor?: string;
  readonly $correlationId?: string;
  readonly $causationId?: string;
  readonly commandId?: string;
  readonly traceparent?: string;
};

/**
 * The server knows events by UUIDs in lower case and refuses the nil one. Any other id of ours is kept in the metadata,
 * and the server's is derived from it: the same for every retry, because by it the server tells a retry from a conflict.
 */
export function toConnectionEvent(event: EncodedEvent, recordedAtMs: number): ConnectionEvent {
  const keepsId = CANONICAL_UUID.test(event.id) && event.id !== NIL_UUID;
  const { actor, correlationId, causationId, commandId, traceparent } = decodeMetadata(event.metadata);
  const metadata: StoredMetadata = {
    version: event.version,
    recordedAtMs,
    ...(!keepsId && { id: event.id }),
    ...(actor !== undefined && { actor }),
    ...(correlationId !== undefined && { $correlationId: correlationId }),
    ...(causationId !== undefined && { $causationId: causationId }),
    ...(commandId !== undefined && { commandId }),
    ...(traceparent !== undefined && { traceparent }),
  };
  return { id: keepsId ? event.id : eventIdOf(event.id, 'eventstore', 0), type: event.type, data: event.data, metadata };
}

/** What the server counts against its limit for one append. */
export function sizeOnServer({ type, data, metadata }: ConnectionEvent): number {
  const dataBytes = typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
  return dataBytes + Buffer.byteLength(JSON.stringify(metadata)) + 2 * type.length;
}

/** An event that another program wrote has version 1, no metadata, and the server's clock. */
export function toRecordedEvent(record: ConnectionRecord, { prefix }: EventStoreScope): RecordedEvent {
  const stored = storedMetadata(record.metadata);
  return {
    id: typeof stored.id === 'string' ? stored.id : record.id,
    type: record.type,
    version: typeof stored.version === 'number' ? stored.version : 1,
    data: record.data,
    metadata: metadataOf(stored),
    streamId: record.stream.slice(prefix.length),
    revision: record.revision,
    position: record.position,
    recordedAtMs: typeof stored.recordedAtMs === 'number' ? stored.recordedAtMs : record.createdMs,
  };
}

function metadataOf({ actor, $correlationId, $causationId, commandId, traceparent }: Partial<Record<keyof StoredMetadata, unknown>>): EventMetadata {
  return {
    ...(typeof actor === 'string' && { actor }),
    ...(typeof $correlationId === 'string' && { correlationId: $correlationId }),
    ...(typeof $causationId === 'string' && { causationId: $causationId }),
    ...(typeof commandId === 'string' && { commandId }),
    ...(typeof traceparent === 'string' && { traceparent }),
  };
}

function storedMetadata(metadata: unknown): Partial<Record<keyof StoredMetadata, unknown>> {
  return typeof metadata === 'object' && metadata !== null ? metadata : {};
}
