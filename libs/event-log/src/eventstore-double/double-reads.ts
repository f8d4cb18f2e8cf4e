import type { DoubleDatabase } from './double-database.js';
import type { RecordFilter } from './record-filter.js';
import type { StoredRecord } from './stored-record.js';

export type ReadDirection = 'forwards' | 'backwards';

/** Where a read of one stream begins, inclusive both ways. */
export type StreamStart = number | 'start' | 'end';

export type StreamReading =
  | { readonly notFound: true }
  | { readonly streamDeleted: true }
  | { readonly records: Iterable<StoredRecord>; readonly first: number; readonly last: number };

const TICKS_PER_SECOND = 10_000_000n;

/** What metadata has truncated is not there: reading begins at the first event that is left. */
export function readStream(database: DoubleDatabase, stream: string, direction: ReadDirection, start: StreamStart, nowMs: number): StreamReading {
  if (database.isTombstoned(stream)) return { streamDeleted: true };
  const found = database.stream(stream);
  const metadata = database.metadata(stream);
  if (found === null || metadata.softDeleted) return { notFound: true };
  const last = found.length - 1;
  const first = Math.max(0, metadata.truncateBefore, metadata.maxCount === null ? 0 : last - metadata.maxCount + 1);
  const oldestTicks = metadata.maxAgeSeconds === null ? null : BigInt(nowMs) * 10_000n - BigInt(metadata.maxAgeSeconds) * TICKS_PER_SECOND;
  const young = (record: StoredRecord): boolean => oldestTicks === null || BigInt(record.createdTicks) >= oldestTicks;
  return { records: walk(), first, last };

  function* walk(): Generator<StoredRecord> {
    const forwards = direction === 'forwards';
    const asked = start === 'start' ? 0 : start === 'end' ? (forwards ? last + 1 : last) : start;
    const step = forwards ? 1 : -1;
    for (let revision = forwards ? Math.max(asked, first) : Math.min(asked, last); revision >= first && revision <= last; revision += step) {
      const record = found?.records[revision];
      if (record !== undefined && young(record)) yield record;
    }
  }
}

/** Where a read of everything begins: forwards inclusive, backwards exclusive, as the real log reader has it. */
export type LogStart = number | 'start' | 'end';

export function* readLog(database: DoubleDatabase, direction: ReadDirection, start: LogStart, filter: RecordFilter | null): Generator<StoredRecord> {
  const end = database.length;
  const asked = start === 'start' ? 0 : start === 'end' ? end : database.indexOf(start);
  const step = direction === 'forwards' ? 1 : -1;
  for (let index = direction === 'forwards' ? asked : asked - 1; index >= 0 && index < end; index += step) {
    const record = database.at(index);
    if (record !== undefined && (filter === null || filter.matches(record))) yield record;
  }
}
