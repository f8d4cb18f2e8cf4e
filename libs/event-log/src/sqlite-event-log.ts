import * as fs from 'node:fs';
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppendQueue } from './append-queue.js';
import type { EventLog } from './event-log.js';
import { EMPTY_LOG, HeadRecord, headPath, readHeadRecord, type LogHead } from './head-record.js';
import { CorruptLogError } from './log-errors.js';
import { SqliteLogReader, damageOr } from './sqlite-log-reader.js';
import { createLogSchema, hasLogSchema } from './sqlite-log-schema.js';
import { VERIFY_ON_OPEN_BYTES_MAX, VERIFY_TAIL_EVENTS, verifyFileHeader, verifyRows, verifyStructure } from './sqlite-log-verification.js';
import { SqliteLogWriter } from './sqlite-log-writer.js';
import { lockForWriting } from './writer-lock.js';

/**
 * The write-ahead log is moved into the file when it has grown to 40 MB, or when nothing was written for a second. Under
 * load the same index pages are written over and over: the longer it waits, the fewer of them reach the file.
 */
const WAL_AUTOCHECKPOINT_PAGES = 10_000;
const IDLE_CHECKPOINT_MS = 1_000;
/** Room for the last index page of several thousand streams. */
const CACHE_KIB = 16_384;
/** How long SQLite waits for another process that is just recovering the write-ahead log. */
const BUSY_TIMEOUT_MS = 5_000;

export type SqliteEventLogOptions = {
  /** Milliseconds since 1970. Default: the system clock. */
  readonly nowMs?: () => number;
  /** Logs up to this size are verified whole when opened, larger ones at their end. Default VERIFY_ON_OPEN_BYTES_MAX. */
  readonly verifyOnOpenBytesMax?: number;
};

/**
 * The log of one machine: an SQLite file with a single writer. What `append` acknowledged is on disk
 * (write-ahead log, synchronous = FULL), and each row carries the hash of everything before it.
 *
 * Throws LogInUseError when the log already has a writer, and CorruptLogError when the file does not hold what was
 * once acknowledged; it repairs, cuts and overwrites nothing. A writer that was killed leaves no damage behind.
 */
export async function openSqliteEventLog(file: string, options: SqliteEventLogOptions = {}): Promise<EventLog> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  using resources = new DisposableStack(); // closed again, in reverse, when anything below throws
  resources.use(lockForWriting(file));
  try {
    const recorded = recordedHead(file);
    const database = openForWriting(file);
    resources.defer(() => database.close());
    const head = verifyOnOpen(database, file, recorded, options.verifyOnOpenBytesMax ?? VERIFY_ON_OPEN_BYTES_MAX);
    const record = resources.use(HeadRecord.open(file));
    record.write(head); // after a power cut it may have lagged
    const writer = new SqliteLogWriter(database, record, options.nowMs ?? Date.now);
    return assemble(file, database, writer, resources.move());
  } catch (error) {
    throw openingDamageOr(error, file);
  }
}

function assemble(file: string, database: DatabaseSync, writer: SqliteLogWriter, resources: DisposableStack): EventLog {
  const listeners = new Set<() => void>();
  const onChange = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const reader = new SqliteLogReader({ path: file, database: () => database, onChange });
  const idle = setTimeout(() => writer.checkpoint(), IDLE_CHECKPOINT_MS).unref();
  const queue = new AppendQueue((appends) => {
    try {
      const outcomes = writer.writeGroup(appends);
      for (const listener of listeners) listener();
      return outcomes;
    } catch (error) {
      throw damageOr(error, file);
    } finally {
      idle.refresh();
    }
  });
  return {
    append: (streamId, events, expected) => queue.append(streamId, events, expected),
    readStream: (streamId, options) => reader.readStream(streamId, options),
    readAll: (options) => reader.readAll(options),
    follow: (options) => reader.follow(options),
    followStream: (streamId, options) => reader.followStream(streamId, options),
    listStreams: (options) => reader.listStreams(options),
    findEvent: (streamId, eventId) => reader.findEvent(streamId, eventId),
    head: () => reader.head(),
    async [Symbol.asyncDispose]() {
      queue.close();
      clearTimeout(idle);
      await reader[Symbol.asyncDispose]();
      resources.dispose();
    },
  };
}

/** Our statements are right, so an SQLite that calls one of them wrong before the first append was given another file. */
function openingDamageOr(error: unknown, file: string): unknown {
  const sqliteError = (error as { errcode?: number }).errcode === SQLITE_ERROR;
  return sqliteError ? new CorruptLogError(file, (error as Error).message, null, error) : damageOr(error, file);
}

const SQLITE_ERROR = 1;

/** What the log is known to have reached. The side file is made before the log, so only a lost one can be missing. */
function recordedHead(file: string): LogHead | null {
  const recorded = readHeadRecord(file);
  const sizeBytes = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes === 0) {
    if (recorded !== null && recorded.position > 0)
      throw new CorruptLogError(file, `it is missing or empty but had reached position ${recorded.position}`, 0);
    HeadRecord.open(file)[Symbol.dispose]();
    return EMPTY_LOG;
  }
  // At position 0 the process that made the file may have been killed before its first page was whole.
  if (recorded?.position !== 0) verifyFileHeader(file);
  return recorded;
}

function openForWriting(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec(`PRAGMA wal_autocheckpoint = ${WAL_AUTOCHECKPOINT_PAGES}; PRAGMA cache_size = -${CACHE_KIB}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function verifyOnOpen(database: DatabaseSync, file: string, recorded: LogHead | null, wholeBytesMax: number): LogHead {
  if (recorded?.position === 0 && !hasLogSchema(database)) createLogSchema(database);
  const { size } = fs.statSync(file);
  const walBytes = fs.statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const whole = size + walBytes <= wholeBytesMax;
  verifyStructure(database, file, whole);
  const last = Number(database.prepare('SELECT max(position) AS last FROM events').get()?.['last'] ?? 0);
  const known = recorded ?? EMPTY_LOG;
  const from = whole ? 0 : Math.max(0, Math.min(known.position, last - VERIFY_TAIL_EVENTS));
  const rows = verifyRows(database, file, from, known);
  let step = rows.next();
  while (step.done !== true) step = rows.next();
  if (recorded === null && step.value.position > 0)
    throw new CorruptLogError(file, `its head record ${headPath(file)} is missing, so whether its end is whole cannot be told`);
  return step.value;
}
