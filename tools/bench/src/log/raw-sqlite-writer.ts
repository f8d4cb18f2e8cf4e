import type { NewEvent } from '@slipway/event-log';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/**
 * The floor: the same events in the same columns, as durable (write-ahead log, synchronous = FULL) and with the same
 * guard of the stream's revision, but without queue, hash chain, validation or head record.
 */
export class RawSqliteWriter implements Disposable {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #lastRevision: StatementSync;
  #position = 0;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    this.#database.exec(`CREATE TABLE events (position INTEGER PRIMARY KEY, stream_id TEXT NOT NULL, revision INTEGER NOT NULL, id TEXT NOT NULL,
      type TEXT NOT NULL, version INTEGER NOT NULL, recorded_at_ms INTEGER NOT NULL, metadata TEXT NOT NULL, data TEXT NOT NULL) STRICT`);
    this.#database.exec('CREATE UNIQUE INDEX events_by_stream ON events (stream_id, revision)');
    this.#insert = this.#database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#lastRevision = this.#database.prepare('SELECT revision FROM events WHERE stream_id = ? ORDER BY revision DESC LIMIT 1');
  }

  /** One transaction; durable when it returns. */
  write(appends: readonly { readonly streamId: string; readonly event: NewEvent }[]): void {
    this.#database.exec('BEGIN IMMEDIATE');
    for (const { streamId, event } of appends) {
      const revision = Number(this.#lastRevision.get(streamId)?.['revision'] ?? -1) + 1;
      const { id, type, version, metadata, data } = event;
      this.#insert.run(++this.#position, streamId, revision, id, type, version, Date.now(), JSON.stringify(metadata), JSON.stringify(data));
    }
    this.#database.exec('COMMIT');
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
