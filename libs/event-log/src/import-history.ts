import { encodeEvent, type EncodedEvent } from './encoded-event.js';
import type { RecordedEvent } from './event-log.js';
import { GENESIS_HASH, chainHash, type ChainedRow } from './hash-chain.js';
import type { LogHead } from './head-record.js';
import { InvalidEventError } from './log-errors.js';

export type ImportProgress = { readonly position: number };

/** `events` were written by this import; `head` is the log's end after it, null where the log keeps no chain of hashes. */
export type ImportedHistory = { readonly events: number; readonly head: LogHead | null };

/**
 * Brings a whole history into a log: every event with the position, revision, time, id, type and metadata it was recorded
 * with, so that whoever remembers a position still means the same event. (EventStoreDB gives positions of its own.)
 *
 * The log must be empty, or hold the beginning of the very same history: then only what follows is written, so that a copy
 * that was interrupted is simply started again. Otherwise it throws HistoryMismatchError and writes nothing, and so it does
 * when somebody else appends meanwhile.
 */
export interface HistoryWriter extends AsyncDisposable {
  /** The events from position 1 on, a page at a time; each page is written in one transaction, or a few. */
  importHistory(events: AsyncIterable<readonly RecordedEvent[]>, onProgress?: (progress: ImportProgress) => void): Promise<ImportedHistory>;
}

/** The history cannot follow what the log already holds. */
export class HistoryMismatchError extends Error {
  override readonly name = 'HistoryMismatchError';
  readonly code = 'HISTORY_MISMATCH';
  readonly log: string;

  constructor(log: string, finding: string) {
    super(`the history cannot be brought into the event log ${log}: ${finding}. Nothing was overwritten; bring it into an empty log.`);
    this.log = log;
  }
}

/** A row to be written, with what the log keeps beside it. */
export type HistoryRow = ChainedRow & { readonly bytesThrough: number; readonly hash: string };

/** Rows to write in one transaction, and the end of the log before and after them. */
export type HistoryPage = { readonly rows: readonly HistoryRow[]; readonly from: HistoryEnd; readonly end: HistoryEnd };

export type HistoryEnd = LogHead & { readonly bytesThrough: number };

export const EMPTY_HISTORY: HistoryEnd = { position: 0, hash: GENESIS_HASH, bytesThrough: 0 };

/** What one transaction takes along, beyond its first row. */
export const IMPORT_PAGE_ROWS = 2_000;
export const IMPORT_PAGE_BYTES = 8_388_608;

/**
 * Walks the history along its hash chain: silently as far as `present`, the log's end, which it must pass with the very
 * same hash, and then page by page through `write`.
 */
export async function importAfter(
  log: string,
  present: HistoryEnd,
  history: AsyncIterable<readonly RecordedEvent[]>,
  write: (page: HistoryPage) => Promise<void>,
): Promise<ImportedHistory> {
  let end = EMPTY_HISTORY;
  for await (const events of history) {
    let from = end;
    let rows: HistoryRow[] = [];
    const flush = async () => {
      if (rows.length > 0) await write({ rows, from, end });
      [rows, from] = [[], end];
    };
    for (const event of events) {
      const row = rowAfter(end, event, log);
      end = { position: row.position, hash: row.hash, bytesThrough: row.bytesThrough };
      if (end.position === present.position && end.hash !== present.hash)
        throw new HistoryMismatchError(log, `it holds another history, which differs at or before position ${end.position}`);
      if (end.position <= present.position) from = end;
      else rows.push(row);
      if (rows.length >= IMPORT_PAGE_ROWS || end.bytesThrough - from.bytesThrough >= IMPORT_PAGE_BYTES) await flush();
    }
    await flush();
  }
  if (end.position < present.position)
    throw new HistoryMismatchError(log, `it reaches position ${present.position}, and the history only ${end.position}`);
  return { events: end.position - present.position, head: { position: end.position, hash: end.hash } };
}

function rowAfter(end: HistoryEnd, event: RecordedEvent, log: string): HistoryRow {
  if (event.position !== end.position + 1)
    throw new HistoryMismatchError(log, `its positions have a gap: ${event.position} follows ${end.position}`);
  const { id, type, version, metadata, data, sizeBytes } = encoded(event);
  const { position, streamId, revision, recordedAtMs } = event;
  const row = { position, streamId, revision, id, type, version, recordedAtMs, metadata, data };
  return { ...row, bytesThrough: end.bytesThrough + sizeBytes, hash: chainHash(end.hash, row) };
}

function encoded(event: RecordedEvent): EncodedEvent {
  try {
    return encodeEvent(event);
  } catch (error) {
    if (error instanceof InvalidEventError) throw new InvalidEventError(`position ${event.position} of the history: ${error.message}`);
    throw error;
  }
}
