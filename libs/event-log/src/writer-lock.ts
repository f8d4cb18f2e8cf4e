import { DatabaseSync } from 'node:sqlite';
import { LogInUseError } from './log-errors.js';

/**
 * One writer per log. The lock is an exclusive SQLite transaction, never committed, on an empty file beside the log:
 * the operating system lets go of it when the process ends, however it ends, so there is no stale lock to clear.
 *
 * Throws LogInUseError when another process, or another part of this one, holds it.
 */
export function lockForWriting(logPath: string): Disposable {
  const lock = new DatabaseSync(`${logPath}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) throw new LogInUseError(logPath);
    throw error;
  }
  return { [Symbol.dispose]: () => lock.close() };
}

const SQLITE_BUSY = 5;
