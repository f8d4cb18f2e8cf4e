import { CorruptLogError, HistoryMismatchError, LogInUseError, LogRightsError, LogUnreachableError, LogVersionError } from '@slipway/event-log';
import { EXIT_CODES, ReplayError } from './exit-codes.js';

/**
 * What went wrong with a log, as one line that names the log and a code. A bug of ours comes back as it is: it should show
 * where it happened.
 */
export function failureOf(error: unknown, label: string): unknown {
  // The log may have been read from a copy, which is gone by the time anybody looks for it.
  if (error instanceof CorruptLogError) return new ReplayError(EXIT_CODES.logCorrupt, error.message.replaceAll(error.file, label));
  if (error instanceof HistoryMismatchError) return new ReplayError(EXIT_CODES.differenceFound, error.message);
  if (UNUSABLE.some((kind) => error instanceof kind)) return new ReplayError(EXIT_CODES.logUnreadable, oneLine((error as Error).message));
  const { errcode, syscall, code, message } = error as { readonly errcode?: number; readonly syscall?: string; readonly code?: unknown; readonly message?: string };
  if (code === 'LOG_URL_INVALID') return new ReplayError(EXIT_CODES.usage, oneLine(message ?? ''));
  if (code === 'LOG_STREAM_DELETED') return new ReplayError(EXIT_CODES.logCorrupt, oneLine(message ?? ''));
  if (errcode === undefined && syscall === undefined) return error;
  return new ReplayError(EXIT_CODES.logUnreadable, `the event log ${label} cannot be read: ${message ?? String(error)}${adviceFor(errcode)}`);
}

const UNUSABLE = [LogUnreachableError, LogRightsError, LogVersionError, LogInUseError];
const SQLITE_CANTOPEN = 14;
const SQLITE_READONLY = 8;

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ');

/** SQLite reads a log that is in use through a small file beside it, which somebody has to be able to make. */
function adviceFor(errcode: number | undefined): string {
  const primary = (errcode ?? 0) & 0xff;
  return primary === SQLITE_CANTOPEN || primary === SQLITE_READONLY
    ? ' (its directory has to be writable for the user who reads it: copy it elsewhere, or run this as the user the platform runs as)'
    : '';
}
