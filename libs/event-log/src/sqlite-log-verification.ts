import * as fs from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { GENESIS_HASH, chainHash } from './hash-chain.js';
import type { LogHead } from './head-record.js';
import { CorruptLogError } from './log-errors.js';
import { damageOr } from './sqlite-log-reader.js';
import { EVENT_COLUMNS, LOG_APPLICATION_ID, LOG_FORMAT_VERSION, LOG_SCHEMA, type EventRow } from './sqlite-log-schema.js';

/** Up to this size a log is verified whole each time it is opened for writing (about a second); above, only its end. */
export const VERIFY_ON_OPEN_BYTES_MAX = 67_108_864;
/** How much of the end of a larger log is verified when it is opened. */
export const VERIFY_TAIL_EVENTS = 20_000;
const VERIFY_PAGE_ROWS = 1_000;

/**
 * The header of the file, before SQLite touches it: SQLite would take a damaged one for an older format or an empty
 * file.
 */
export function verifyFileHeader(path: string): void {
  const damaged = (finding: string) => new CorruptLogError(path, finding);
  const sizeBytes = fs.statSync(path).size;
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = fs.openSync(path, 'r');
  const read = fs.readSync(descriptor, header, 0, HEADER_BYTES, 0);
  fs.closeSync(descriptor);
  if (read < HEADER_BYTES) throw damaged(`it ends after ${read} bytes, within its header`);
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0') throw damaged('its header is not that of an SQLite file');
  const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  if (pageBytes < 512 || (pageBytes & (pageBytes - 1)) !== 0) throw damaged(`its header names a page size of ${pageBytes}`);
  if (header[18] !== 2 || header[19] !== 2) throw damaged('its header names another journal mode');
  if (header.readUInt32BE(20) !== FIXED_BYTES) throw damaged('its header names another page layout');
  // While a write-ahead log is left, what follows may still be in there.
  if ((fs.statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) return;
  if (header.readUInt32BE(44) !== SCHEMA_FORMAT || header.readUInt32BE(56) !== TEXT_ENCODING_UTF8)
    throw damaged('its header names another schema format or text encoding');
  const pages = header.readUInt32BE(28);
  if (sizeBytes !== pages * pageBytes)
    throw damaged(`it holds ${sizeBytes} bytes where its header counts ${pages} pages of ${pageBytes}`);
}

/** SQLite's own view: its format, our tables and, for `whole`, every page, row and index entry. Throws CorruptLogError. */
export function verifyStructure(database: DatabaseSync, path: string, whole: boolean): void {
  const schema = database.prepare('SELECT sql FROM sqlite_schema ORDER BY rowid').all().map((row) => row['sql']);
  if (JSON.stringify(schema) !== JSON.stringify(LOG_SCHEMA)) throw new CorruptLogError(path, 'its tables are not those of an event log');
  const applicationId = Number(database.prepare('PRAGMA application_id').get()?.['application_id']);
  const formatVersion = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (applicationId !== LOG_APPLICATION_ID || formatVersion !== LOG_FORMAT_VERSION)
    throw new CorruptLogError(path, `it is marked as format ${applicationId}.${formatVersion}, not ${LOG_APPLICATION_ID}.${LOG_FORMAT_VERSION}`);
  if (!whole) return;
  const findings = database.prepare('PRAGMA integrity_check(3)').all().map((row) => row['integrity_check']);
  if (findings.length !== 1 || findings[0] !== 'ok') throw new CorruptLogError(path, findings.join('; '));
}

/**
 * Recomputes the chain after `from` to the end and compares it with every stored hash; the log must hold `recorded`,
 * the head it is known to have reached. Yields after each page, so that a caller may give way to others.
 * Throws CorruptLogError. Returns the head.
 */
export function* verifyRows(database: DatabaseSync, path: string, from: number, recorded: LogHead): Generator<number, LogHead> {
  const page = database.prepare(`SELECT ${EVENT_COLUMNS}, bytes_through, hash FROM events WHERE position > ? ORDER BY position LIMIT ?`);
  page.setReturnArrays(true);
  let { position, hash, bytesThrough } = chainStart(database, path, from);
  if (recorded.position === position && recorded.hash !== hash) throw rewritten(path, recorded.position);
  for (;;) {
    let rows: VerifiedRow[];
    try {
      rows = page.all(position, VERIFY_PAGE_ROWS) as unknown as VerifiedRow[];
    } catch (error) {
      throw damageOr(error, path);
    }
    if (rows.length === 0) break;
    for (const row of rows) {
      if (row[0] !== position + 1) throw new CorruptLogError(path, `position ${position + 1} is missing`, position);
      hash = chainHash(hash, namedRow(row));
      bytesThrough += storedBytes(row);
      if (Buffer.from(row[10]).toString('hex') !== hash) throw new CorruptLogError(path, `position ${row[0]} does not match its hash`, position);
      if (row[9] !== bytesThrough) throw new CorruptLogError(path, `position ${row[0]} does not add up in size`, position);
      position = row[0];
      if (position === recorded.position && hash !== recorded.hash) throw rewritten(path, position);
    }
    yield position;
  }
  if (position < recorded.position)
    throw new CorruptLogError(path, `it ends at position ${position} but had reached ${recorded.position}`, position);
  return { position, hash };
}

type VerifiedRow = readonly [...EventRow, bytesThrough: number, hash: Uint8Array];

const HEADER_BYTES = 100;
/** Reserved bytes and payload fractions: SQLite knows no others. */
const FIXED_BYTES = 0x00_40_20_20;
const SCHEMA_FORMAT = 4;
const TEXT_ENCODING_UTF8 = 1;

const rewritten = (path: string, position: number) =>
  new CorruptLogError(path, `position ${position} is not the event that was recorded there`);

function chainStart(database: DatabaseSync, path: string, from: number) {
  if (from === 0) return { position: 0, hash: GENESIS_HASH, bytesThrough: 0 };
  const row = database.prepare('SELECT hash, bytes_through FROM events WHERE position = ?').get(from);
  if (row === undefined) throw new CorruptLogError(path, `position ${from} is missing`);
  return { position: from, hash: Buffer.from(row['hash'] as Uint8Array).toString('hex'), bytesThrough: Number(row['bytes_through']) };
}

function namedRow([position, streamId, revision, id, type, version, recordedAtMs, metadata, data]: VerifiedRow) {
  return { position, streamId, revision, id, type, version, recordedAtMs, metadata, data };
}

function storedBytes([, , , id, type, , , metadata, data]: VerifiedRow): number {
  const dataBytes = typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
  return dataBytes + Buffer.byteLength(id) + Buffer.byteLength(type) + Buffer.byteLength(metadata);
}
