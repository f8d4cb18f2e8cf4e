import type { DatabaseSync } from 'node:sqlite';
import { decodeData, decodeMetadata } from './encoded-event.js';
import type { RecordedEvent } from './event-log.js';

/** `bytes_through` sums the stored bytes up to the row, so that a page can be cut to a size without reading it. */
export const LOG_SCHEMA = [
  `CREATE TABLE events (position INTEGER PRIMARY KEY, stream_id TEXT NOT NULL, revision INTEGER NOT NULL,
    id TEXT NOT NULL, type TEXT NOT NULL, version INTEGER NOT NULL, recorded_at_ms INTEGER NOT NULL,
    bytes_through INTEGER NOT NULL, metadata TEXT NOT NULL, data ANY NOT NULL, hash BLOB NOT NULL) STRICT`,
  `CREATE UNIQUE INDEX events_by_stream ON events (stream_id, revision)`,
] as const;

/** In the header of every log file, so that another SQLite file is not taken for one. 'Slip' */
export const LOG_APPLICATION_ID = 0x536c6970;
export const LOG_FORMAT_VERSION = 1;

export const EVENT_COLUMNS = 'position, stream_id, revision, id, type, version, recorded_at_ms, metadata, data';

/** One row of EVENT_COLUMNS, read as an array because that is twice as fast as an object. */
export type EventRow = readonly [
  position: number,
  streamId: string,
  revision: number,
  id: string,
  type: string,
  version: number,
  recordedAtMs: number,
  metadata: string,
  data: string | Uint8Array,
];

export function decodeRow(row: EventRow): RecordedEvent {
  return {
    id: row[3],
    type: row[4],
    version: row[5],
    data: decodeData(row[8]),
    metadata: decodeMetadata(row[7]),
    streamId: row[1],
    revision: row[2],
    position: row[0],
    recordedAtMs: row[6],
  };
}

export function createLogSchema(database: DatabaseSync): void {
  const statements = [...LOG_SCHEMA, `PRAGMA application_id = ${LOG_APPLICATION_ID}`, `PRAGMA user_version = ${LOG_FORMAT_VERSION}`];
  database.exec(`BEGIN IMMEDIATE; ${statements.join('; ')}; COMMIT`);
}

/** False while the file is still without tables: just made, or made by a process that was killed right then. */
export function hasLogSchema(database: DatabaseSync): boolean {
  return database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'events'`).get() !== undefined;
}
