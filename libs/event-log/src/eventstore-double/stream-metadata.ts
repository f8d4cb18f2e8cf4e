import type { StoredRecord } from './stored-record.js';

/** What `$$<stream>` says about reading the stream. */
export type StreamMetadata = {
  readonly maxCount: number | null;
  readonly maxAgeSeconds: number | null;
  /** Events before this revision are gone. */
  readonly truncateBefore: number;
  readonly softDeleted: boolean;
};

const NONE: StreamMetadata = { maxCount: null, maxAgeSeconds: null, truncateBefore: 0, softDeleted: false };
/** A metadata stream keeps its last event. */
const OF_METADATA_STREAMS: StreamMetadata = { ...NONE, maxCount: 1 };

const SOFT_DELETED_ON_WIRE = '9223372036854775807';
const parsed = new WeakMap<StoredRecord, StreamMetadata>();

/** `record` is the last event of the metadata stream. */
export function metadataOf(stream: string, record: StoredRecord | undefined): StreamMetadata {
  if (stream.startsWith('$$')) return OF_METADATA_STREAMS;
  if (record === undefined) return NONE;
  const known = parsed.get(record) ?? parseMetadata(record);
  parsed.set(record, known);
  return known;
}

/** The data of the metadata event that soft-deletes the stream, or lets it begin again at a revision; the rest stays. */
export function truncatedAt(before: StoredRecord | undefined, truncateBefore: number | 'deleted'): Uint8Array {
  const { $tb: _, ...rest } = before === undefined ? {} : jsonOf(before);
  const kept = JSON.stringify(rest).slice(1, -1);
  const value = truncateBefore === 'deleted' ? SOFT_DELETED_ON_WIRE : String(truncateBefore); // no JavaScript number holds it
  return Buffer.from(`{${kept === '' ? '' : `${kept},`}"$tb":${value}}`);
}

function parseMetadata(record: StoredRecord): StreamMetadata {
  const { $maxCount, $maxAge, $tb } = jsonOf(record);
  const truncateBefore = typeof $tb === 'number' ? $tb : 0;
  return {
    maxCount: typeof $maxCount === 'number' ? $maxCount : null,
    maxAgeSeconds: typeof $maxAge === 'number' ? $maxAge : null,
    truncateBefore,
    softDeleted: truncateBefore > Number.MAX_SAFE_INTEGER,
  };
}

function jsonOf(record: StoredRecord): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(record.data).toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // as the server: metadata that is no JSON says nothing
  }
}
