import { DatabaseSync } from 'node:sqlite';
import { HeadRecord } from './head-record.js';
import { EMPTY_HISTORY, importAfter, type HistoryEnd, type HistoryPage, type HistoryWriter } from './import-history.js';
import { openSqliteEventLog } from './sqlite-event-log.js';
import { damageOr } from './sqlite-log-reader.js';
import { lockForWriting } from './writer-lock.js';

const BUSY_TIMEOUT_MS = 5_000;

/**
 * Brings a history into an SQLite log, which is made when there is none and verified when there is. It holds the log's
 * writer lock until it is disposed. Throws LogInUseError when the log has a writer, and CorruptLogError.
 */
export async function openSqliteHistoryWriter(file: string): Promise<HistoryWriter> {
  await (await openSqliteEventLog(file))[Symbol.asyncDispose](); // makes or verifies it
  using resources = new DisposableStack();
  resources.use(lockForWriting(file));
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  resources.defer(() => database.close());
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  const record = resources.use(HeadRecord.open(file));
  const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const write = async ({ rows, end }: HistoryPage): Promise<void> => {
    try {
      database.exec('BEGIN IMMEDIATE');
      for (const { position, streamId, revision, id, type, version, recordedAtMs, bytesThrough, metadata, data, hash } of rows)
        insert.run(position, streamId, revision, id, type, version, recordedAtMs, bytesThrough, metadata, data, Buffer.from(hash, 'hex'));
      database.exec('COMMIT');
      record.write(end);
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw damageOr(error, file);
    }
  };
  const owned = resources.move();
  return {
    importHistory: (events, onProgress) =>
      importAfter(file, endOf(database), events, async (page) => {
        await write(page);
        onProgress?.({ position: page.end.position });
      }),
    [Symbol.asyncDispose]: async () => owned.dispose(),
  };
}

function endOf(database: DatabaseSync): HistoryEnd {
  const row = database.prepare('SELECT position, hash, bytes_through FROM events ORDER BY position DESC LIMIT 1').get();
  if (row === undefined) return EMPTY_HISTORY;
  return { position: Number(row['position']), hash: Buffer.from(row['hash'] as Uint8Array).toString('hex'), bytesThrough: Number(row['bytes_through']) };
}
