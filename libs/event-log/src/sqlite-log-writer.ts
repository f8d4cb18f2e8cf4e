import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AppendRequest } from './append-line.js';
import { judgeAppend, type StreamView } from './append-rules.js';
import type { EncodedEvent } from './encoded-event.js';
import type { AppendOutcome } from './event-log.js';
import { chainHash } from './hash-chain.js';
import { EMPTY_LOG, type HeadRecord } from './head-record.js';

/** Last revisions kept in memory, so that most appends are judged without a query. */
export const STREAM_HEADS_MAX = 50_000;

/** Writes groups of appends, each group in one transaction. The only code that writes rows. */
export class SqliteLogWriter {
  readonly #database: DatabaseSync;
  readonly #record: HeadRecord;
  readonly #nowMs: () => number;
  readonly #insert: StatementSync;
  readonly #lastRevision: StatementSync;
  readonly #stored: StatementSync;
  readonly #revisions = new Map<string, number>();
  #position = 0;
  #hash = EMPTY_LOG.hash;
  #bytesThrough = 0;

  constructor(database: DatabaseSync, record: HeadRecord, nowMs: () => number) {
    this.#database = database;
    this.#record = record;
    this.#nowMs = nowMs;
    this.#insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#lastRevision = database.prepare('SELECT revision FROM events WHERE stream_id = ? ORDER BY revision DESC LIMIT 1');
    this.#stored = database.prepare('SELECT id, position FROM events WHERE stream_id = ? AND revision >= ? ORDER BY revision LIMIT ?');
    this.#readHead();
  }

  /**
   * One outcome per append, in order; each append sees those before it. On disk when this returns.
   * When it throws, the transaction was rolled back, unless the disk failed so late that nobody can tell.
   */
  writeGroup(appends: readonly AppendRequest[]): readonly AppendOutcome[] {
    const before = this.#position;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const outcomes = appends.map((append) => this.#write(append));
      // A group of conflicts and retries leaves nothing to wait for the disk for.
      this.#database.exec(this.#position === before ? 'ROLLBACK' : 'COMMIT');
      if (this.#position !== before) this.#record.write({ position: this.#position, hash: this.#hash });
      return outcomes;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#revisions.clear();
      this.#readHead();
      throw error;
    }
  }

  /** Moves what was committed from the write-ahead log into the file, as far as no reader is in the way. */
  checkpoint(): void {
    try {
      this.#database.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } catch {
      // Nothing is lost by not doing it now; a disk that fails or is full will tell whoever appends next.
    }
  }

  #write({ streamId, events, expected }: AppendRequest): AppendOutcome {
    const view: StreamView = {
      revision: this.#revisionOf(streamId),
      stored: (from, count) => this.#stored.all(streamId, from, count) as unknown as { id: string; position: number }[],
    };
    const judged = judgeAppend(events.map((event) => event.id), expected, view);
    if (judged !== null) return judged;
    const recordedAtMs = this.#nowMs();
    let { revision } = view;
    for (const event of events) this.#writeRow(streamId, ++revision, recordedAtMs, event);
    this.#remember(streamId, revision);
    return { appended: { revision, position: this.#position } };
  }

  #writeRow(streamId: string, revision: number, recordedAtMs: number, event: EncodedEvent): void {
    const { id, type, version, metadata, data, sizeBytes } = event;
    const position = ++this.#position;
    this.#hash = chainHash(this.#hash, { position, streamId, revision, id, type, version, recordedAtMs, metadata, data });
    this.#bytesThrough += sizeBytes;
    const hash = Buffer.from(this.#hash, 'hex');
    this.#insert.run(position, streamId, revision, id, type, version, recordedAtMs, this.#bytesThrough, metadata, data, hash);
  }

  #revisionOf(streamId: string): number {
    const known = this.#revisions.get(streamId);
    if (known !== undefined) return known;
    const row = this.#lastRevision.get(streamId);
    return row === undefined ? -1 : Number(row['revision']);
  }

  /** Written last, so deleting first keeps the map in order of use: the first key is the coldest. */
  #remember(streamId: string, revision: number): void {
    this.#revisions.delete(streamId);
    this.#revisions.set(streamId, revision);
    const [coldest] = this.#revisions.keys();
    if (this.#revisions.size > STREAM_HEADS_MAX && coldest !== undefined) this.#revisions.delete(coldest);
  }

  #readHead(): void {
    const row = this.#database.prepare('SELECT position, bytes_through, hash FROM events ORDER BY position DESC LIMIT 1').get();
    this.#position = Number(row?.['position'] ?? 0);
    this.#bytesThrough = Number(row?.['bytes_through'] ?? 0);
    this.#hash = row === undefined ? EMPTY_LOG.hash : Buffer.from(row['hash'] as Uint8Array).toString('hex');
  }
}
