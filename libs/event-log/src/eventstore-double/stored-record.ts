/** One event as the double keeps it. */
export type StoredRecord = {
  readonly stream: string;
  /** From 0 without gaps; TOMBSTONE_REVISION for the record that closes a stream for ever. */
  readonly revision: number;
  /** Byte-like, as in a real log file: strictly increasing, with gaps as large as the record before. */
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  /** 100 ns ticks since 1970. */
  readonly createdTicks: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
};

export type ProposedRecord = Pick<StoredRecord, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;

/** What a writer believes about a stream: its last revision, or one of the three words of the protocol. */
export type ExpectedStreamRevision = number | 'no_stream' | 'any' | 'stream_exists';

/** Stands for the largest 64-bit integer, which no JavaScript number can hold. */
export const TOMBSTONE_REVISION = Number.MAX_SAFE_INTEGER;
export const TOMBSTONE_REVISION_ON_WIRE = '9223372036854775807';

export const NO_STREAM_REVISION = -1;
export const METADATA_STREAM_PREFIX = '$$';
export const METADATA_TYPE = '$metadata';
export const TOMBSTONE_TYPE = '$streamDeleted';

const RECORD_OVERHEAD_BYTES = 85;

/** What the server counts against its limit for one append. */
export function sizeOnDisk(record: Pick<StoredRecord, 'type' | 'data' | 'metadata'>): number {
  return record.data.length + record.metadata.length + 2 * record.type.length;
}

/** How far the next record lies behind this one. */
export function recordLength(record: StoredRecord): number {
  return RECORD_OVERHEAD_BYTES + Buffer.byteLength(record.stream) + sizeOnDisk(record);
}
