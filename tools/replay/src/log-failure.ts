import { CorruptLogError } from '@slipway/event-log';
import { EXIT_CODES, ReplayError } from './exit-codes.js';

/** What went wrong, as one line and a code; null for a bug of ours, which should show where it happened. */
export function asReplayError(error: unknown): ReplayError | null {
  if (error instanceof ReplayError) return error;
  if (error instanceof CorruptLogError) return new ReplayError(EXIT_CODES.logCorrupt, error.message);
  const { errcode, code, message } = error as { readonly errcode?: number; readonly code?: unknown; readonly message?: string };
  if (errcode === undefined && !UNREADABLE_CODES.has(String(code))) return null;
  return new ReplayError(EXIT_CODES.logUnreadable, `the event log cannot be read: ${message ?? String(error)}${adviceFor(errcode)}`);
}

const UNREADABLE_CODES = new Set(['EACCES', 'EPERM', 'ENOENT', 'EIO', 'EMFILE']);
const SQLITE_CANTOPEN = 14;
const SQLITE_READONLY = 8;

/** SQLite reads a log that is in use through a small file beside it, which somebody has to be able to make. */
function adviceFor(errcode: number | undefined): string {
  const primary = (errcode ?? 0) & 0xff;
  return primary === SQLITE_CANTOPEN || primary === SQLITE_READONLY
    ? ' (its directory has to be writable for the user who reads it: copy it elsewhere, or run this as the user the platform runs as)'
    : '';
}
