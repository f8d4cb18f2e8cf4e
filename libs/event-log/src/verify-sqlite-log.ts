import { DatabaseSync } from 'node:sqlite';
import { EMPTY_LOG, headPath, readHeadRecord, type LogHead } from './head-record.js';
import { CorruptLogError } from './log-errors.js';
import { damageOr } from './sqlite-log-reader.js';
import { verifyRows, verifyStructure } from './sqlite-log-verification.js';

export type VerifyProgress = { readonly position: number };

/**
 * Verifies a whole log, whatever its size: every page, index entry and hash, and that it reaches as far as its head
 * record says. Read-only, and the writer may go on writing meanwhile. Returns the head of the log.
 * Throws CorruptLogError.
 */
export async function verifySqliteLog(file: string, onProgress?: (progress: VerifyProgress) => void): Promise<LogHead> {
  const recorded = readHeadRecord(file); // before the log: what is recorded now must be in it
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    verifyStructure(database, file, true);
    const rows = verifyRows(database, file, 0, recorded ?? EMPTY_LOG);
    let step = rows.next();
    while (step.done !== true) {
      onProgress?.({ position: step.value });
      await nextTurn();
      step = rows.next();
    }
    if (recorded === null && step.value.position > 0) throw new CorruptLogError(file, `its head record ${headPath(file)} is missing`);
    return step.value;
  } catch (error) {
    throw damageOr(error, file);
  } finally {
    database?.close();
  }
}

const BUSY_TIMEOUT_MS = 5_000;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
