import type { EventMetadata, NewEvent } from './event-log.js';
import { InvalidEventError } from './log-errors.js';
import { requireCleanText, requireName } from './stream-id.js';

export const METADATA_VALUE_CHARACTERS_MAX = 1_024;

/** An event as it is stored: serialised once, at the door of the log, so that what waits in the queue cannot change. */
export type EncodedEvent = {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly metadata: string;
  readonly data: string | Uint8Array;
  readonly sizeBytes: number;
};

/** Throws InvalidEventError when the event cannot be stored as it is. */
export function encodeEvent(event: NewEvent): EncodedEvent {
  requireName('event id', event.id);
  requireName('event type', event.type);
  if (!Number.isSafeInteger(event.version) || event.version < 1)
    throw new InvalidEventError(`version of ${event.type} is not a positive integer: ${event.version}`);
  const metadata = encodeMetadata(event.metadata);
  const data = encodeData(event);
  const sizeBytes =
    byteLength(data) + Buffer.byteLength(metadata) + Buffer.byteLength(event.id) + Buffer.byteLength(event.type);
  return { id: event.id, type: event.type, version: event.version, metadata, data, sizeBytes };
}

export function decodeData(stored: string | Uint8Array): unknown {
  return typeof stored === 'string' ? JSON.parse(stored) : stored;
}

/**
 * Positional and tab-separated: reading it costs a fifth of parsing the same as JSON, and replay reads every event's.
 * Cut by hand, because `split` and a spread for each field took three times as long.
 */
export function decodeMetadata(stored: string): EventMetadata {
  const metadata: { -readonly [name in keyof EventMetadata]: string } = {};
  for (let from = 0, index = 0; from < stored.length; index++) {
    const tab = stored.indexOf('\t', from);
    const end = tab === -1 ? stored.length : tab;
    const name = METADATA_FIELDS[index];
    if (end > from && name !== undefined) metadata[name] = stored.slice(from, end);
    from = end + 1;
  }
  return metadata;
}

/** In the order in which they are stored; only ever appended to. */
const METADATA_FIELDS = ['actor', 'correlationId', 'causationId', 'commandId', 'traceparent'] as const satisfies readonly (keyof EventMetadata)[];

function encodeMetadata(metadata: EventMetadata): string {
  const { actor, correlationId, causationId, commandId, traceparent, ...unknown } = metadata;
  const [surplus] = Object.keys(unknown);
  if (surplus !== undefined) throw new InvalidEventError(`metadata has no field ${surplus}`);
  const values = [actor, correlationId, causationId, commandId, traceparent].map((value = '') => {
    if (typeof value !== 'string' || value.length > METADATA_VALUE_CHARACTERS_MAX)
      throw new InvalidEventError(`a metadata value is not a text of at most ${METADATA_VALUE_CHARACTERS_MAX} characters`);
    requireCleanText('metadata', value);
    return value;
  });
  return values.join('\t').replace(/\t+$/, '');
}

function encodeData(event: NewEvent): string | Uint8Array {
  if (event.data instanceof Uint8Array) return Uint8Array.from(event.data); // a copy: the caller keeps its buffer
  const text = JSON.stringify(event.data) as string | undefined;
  if (text === undefined) throw new InvalidEventError(`data of ${event.type} is not a JSON value`);
  return text;
}

function byteLength(data: string | Uint8Array): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
}
