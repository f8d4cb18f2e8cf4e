import * as fs from 'node:fs';
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { snapshotHash } from './snapshot-hash.js';
import type { Snapshot, Snapshots } from './snapshots.js';

/**
 * Snapshots in a file of their own, beside the log and never in it: it may be deleted at any time. A row whose hash does
 * not match is as good as absent, and a damaged file is made anew.
 */
export async function openSqliteSnapshots(file: string): Promise<Snapshots> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let database = openOrAnew(file);
  const anewWhenDamaged = <T>(work: (sound: DatabaseSync) => T, otherwise: T): T => {
    try {
      return work(database);
    } catch (error) {
      if (!isDamage(error)) throw error;
      database.close();
      removeAll(file);
      database = openSound(file);
      return otherwise;
    }
  };
  return {
    load: async (streamId, version) => anewWhenDamaged((sound) => read(sound, streamId, version), null),
    save: async (snapshot) => anewWhenDamaged((sound) => write(sound, snapshot), undefined),
    [Symbol.asyncDispose]: async () => database.close(),
  };
}

const SCHEMA = `CREATE TABLE IF NOT EXISTS snapshots (stream_id TEXT NOT NULL, version TEXT NOT NULL, revision INTEGER NOT NULL,
  event_id TEXT NOT NULL, state TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (stream_id, version)) STRICT, WITHOUT ROWID`;

function read(database: DatabaseSync, streamId: string, version: string): Snapshot | null {
  const row = database.prepare('SELECT revision, event_id, state, hash FROM snapshots WHERE stream_id = ? AND version = ?').get(streamId, version);
  if (row === undefined) return null;
  const [revision, eventId, state] = [Number(row['revision']), String(row['event_id']), String(row['state'])];
  if (row['hash'] !== snapshotHash(streamId, version, revision, eventId, state)) return null;
  return { streamId, version, revision, eventId, state: JSON.parse(state) };
}

function write(database: DatabaseSync, { streamId, version, revision, eventId, state }: Snapshot): void {
  const text = JSON.stringify(state);
  const values = [streamId, version, revision, eventId, text, snapshotHash(streamId, version, revision, eventId, text)];
  database.prepare('INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?)').run(...values);
}

function openOrAnew(file: string): DatabaseSync {
  try {
    return openSound(file);
  } catch (error) {
    if (!isDamage(error)) throw error;
    removeAll(file);
    return openSound(file);
  }
}

function openSound(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; ${SCHEMA}`); // nothing here needs to survive a power cut
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function removeAll(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) fs.rmSync(`${file}${suffix}`, { force: true });
}

/** SQLite's codes 11 (corrupt) and 26 (not a database), and 1 (error) when the table is not as it was made. */
function isDamage(error: unknown): boolean {
  return [1, 11, 26].includes(((error as { errcode?: number }).errcode ?? 0) & 0xff);
}
