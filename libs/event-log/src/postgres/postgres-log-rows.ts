import { decodeData, decodeMetadata } from '../encoded-event.js';
import type { RecordedEvent } from '../event-log.js';
import type { ChainedRow } from '../hash-chain.js';

export const EVENT_COLUMNS = 'position, stream_id, revision, id, type, version, recorded_at_ms, metadata, data, data_bytes';

/** One row of EVENT_COLUMNS; exactly one of the last two is not null. */
export type EventRow = [
  position: number,
  streamId: string,
  revision: number,
  id: string,
  type: string,
  version: number,
  recordedAtMs: number,
  metadata: string,
  data: string | null,
  dataBytes: Uint8Array | null,
];

export function decodeRow(row: Readonly<EventRow>): RecordedEvent {
  return {
    id: row[3],
    type: row[4],
    version: row[5],
    data: decodeData(dataOf(row)),
    metadata: decodeMetadata(row[7]),
    streamId: row[1],
    revision: row[2],
    position: row[0],
    recordedAtMs: row[6],
  };
}

export function chainedRow(row: Readonly<EventRow>): ChainedRow {
  const [position, streamId, revision, id, type, version, recordedAtMs, metadata] = row;
  return { position, streamId, revision, id, type, version, recordedAtMs, metadata, data: dataOf(row) };
}

/** As `EncodedEvent.sizeBytes` counts. */
export function storedBytes({ id, type, metadata, data }: Pick<ChainedRow, 'id' | 'type' | 'metadata' | 'data'>): number {
  const dataBytes = typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
  return dataBytes + Buffer.byteLength(id) + Buffer.byteLength(type) + Buffer.byteLength(metadata);
}

function dataOf(row: Readonly<EventRow>): string | Uint8Array {
  return row[8] ?? row[9] ?? '';
}
