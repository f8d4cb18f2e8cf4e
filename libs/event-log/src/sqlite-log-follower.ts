import * as fs from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { EventLogReader } from './event-log.js';
import { SqliteLogReader } from './sqlite-log-reader.js';
import { hasLogSchema } from './sqlite-log-schema.js';

/** How often a process that does not write the log looks for news when nobody wakes it. A look costs some 10 µs. */
export const POLL_INTERVAL_MS = 25;
const BUSY_TIMEOUT_MS = 2_000;

export type SqliteLogFollowerOptions = { readonly pollIntervalMs?: number };

export interface SqliteLogFollower extends EventLogReader {
  /** Looks for news now instead of at the next poll: for whoever hears of an append by another way. */
  wake(): void;
}

/**
 * The same file from another process, read-only: while the writer works, while it is killed and started again, and
 * while there is no file yet (the log is empty until there is one). It polls only while somebody follows.
 */
export function openSqliteLogFollower(file: string, options: SqliteLogFollowerOptions = {}): SqliteLogFollower {
  const source = new FollowedFile(file, options.pollIntervalMs ?? POLL_INTERVAL_MS);
  const reader = new SqliteLogReader({ path: file, database: () => source.database(), onChange: (listener) => source.onChange(listener) });
  return {
    wake: () => source.wake(),
    readStream: (streamId, readOptions) => reader.readStream(streamId, readOptions),
    readAll: (readOptions) => reader.readAll(readOptions),
    follow: (followOptions) => reader.follow(followOptions),
    followStream: (streamId, followOptions) => reader.followStream(streamId, followOptions),
    listStreams: (listOptions) => reader.listStreams(listOptions),
    findEvent: (streamId, eventId) => reader.findEvent(streamId, eventId),
    head: () => reader.head(),
    async [Symbol.asyncDispose]() {
      await reader[Symbol.asyncDispose]();
      source.close();
    },
  };
}

class FollowedFile {
  readonly #file: string;
  readonly #pollIntervalMs: number;
  readonly #listeners = new Set<() => void>();
  #database: DatabaseSync | null = null;
  #dataVersion: unknown = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(file: string, pollIntervalMs: number) {
    this.#file = file;
    this.#pollIntervalMs = pollIntervalMs;
  }

  /** Null while there is no log: no file, an empty one, or one whose tables are just being made. */
  database(): DatabaseSync | null {
    if (this.#database !== null) return this.#database;
    if ((fs.statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0) === 0) return null;
    const database = new DatabaseSync(this.#file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      if (hasLogSchema(database)) this.#database = database;
    } finally {
      if (this.#database === null) database.close();
    }
    return this.#database;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.wake(), this.#pollIntervalMs);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stopPolling();
    };
  }

  wake(): void {
    if (!this.#hasNews()) return;
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    this.#stopPolling();
    this.#database?.close();
    this.#database = null;
  }

  /** A failure counts as news: the followers then read, and meet it where it can be reported. */
  #hasNews(): boolean {
    try {
      const dataVersion = this.database()?.prepare('PRAGMA data_version').get()?.['data_version'] ?? null;
      if (dataVersion === this.#dataVersion) return false;
      this.#dataVersion = dataVersion;
      return true;
    } catch {
      return true;
    }
  }

  #stopPolling(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
