import { CorruptLogError } from '@slipway/event-log';
import { EXIT_CODES, ReplayError } from './exit-codes.js';

/**
 * What went wrong while the log was read, as one line that names the log and a code. A bug of ours comes back as it is:
 * it should show where it happened.
 */
export function failureOf(error: unknown, logFile: string): unknown {
  // The log may have been read from a copy, which is gone by the time anybody looks for it.
  if (error instanceof CorruptLogError) return new ReplayError(EXIT_CODES.logCorrupt, error.message.replaceAll(error.file, logFile));
  const { errcode, syscall, message } = error as { readonly errcode?: number; readonly syscall?: string; readonly message?: string };
  if (errcode === undefined && syscall === undefined) return error;
  return new ReplayError(EXIT_CODES.logUnreadable, `the event log ${logFile} cannot be read: ${message ?? String(error)}${adviceFor(errcode)}`);
}

const SQLITE_CANTOPEN = 14;
const SQLITE_READONLY = 8;

/** SQLite reads a log that is in use through a small file beside it, which somebody has to be able to make. */
function adviceFor(errcode: number | undefined): string {
  const primary = (errcode ?? 0) & 0xff;
  return primary === SQLITE_CANTOPEN || primary === SQLITE_READONLY
    ? ' (its directory has to be writable for the user who reads it: copy it elsewhere, or run this as the user the platform runs as)'
    : '';
}
