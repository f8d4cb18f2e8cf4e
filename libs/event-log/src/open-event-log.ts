import type { EventLog, EventLogReader, RecordedEvent } from './event-log.js';
import type { LogHead } from './head-record.js';
import type { HistoryWriter, ImportProgress } from './import-history.js';
import { parseLogAddress } from './log-address.js';
import type { VerifyProgress } from './verify-sqlite-log.js';

export type OpenEventLogOptions = {
  /** Milliseconds since 1970. Default: the system clock. */
  readonly nowMs?: () => number;
  /** Told of a server's settings that weaken what its log promises. Default: a process warning. */
  readonly onWarning?: (warning: string) => void;
};

/**
 * The log at an address (see LOG_ADDRESS_FORMS), for a process that may write it. Only the adapter that is needed is
 * loaded, so that nobody pays for the drivers of the others.
 *
 * Throws TypeError for an address that is none, and what the adapter throws.
 */
export async function openEventLogAt(address: string, options: OpenEventLogOptions = {}): Promise<EventLog> {
  const place = parseLogAddress(address);
  switch (place.kind) {
    case 'memory':
      return (await import('./memory-event-log.js')).openMemoryEventLog(options);
    case 'sqlite':
      return (await import('./sqlite-event-log.js')).openSqliteEventLog(place.file, options);
    case 'postgres':
      return (await import('./postgres/postgres-event-log.js')).openPostgresEventLog({ ...place, ...options });
    case 'eventstore':
      return (await import('./eventstore-event-log.js')).openEventStoreEventLog(place.connectionString, nowOf(options));
  }
}

/** The same for a process that only reads: an SQLite log may have its writer beside it, Postgres needs no more than SELECT. */
export async function openEventLogReaderAt(address: string, options: OpenEventLogOptions = {}): Promise<EventLogReader> {
  const place = parseLogAddress(address);
  switch (place.kind) {
    case 'memory':
      return (await import('./memory-event-log.js')).openMemoryEventLog(options);
    case 'sqlite':
      return (await import('./sqlite-log-follower.js')).openSqliteLogFollower(place.file);
    case 'postgres':
      return (await import('./postgres/postgres-event-log.js')).openPostgresLogReader({ ...place, ...options });
    case 'eventstore':
      return (await import('./eventstore-event-log.js')).openEventStoreEventLog(place.connectionString, nowOf(options));
  }
}

/** Brings a history into the log at an address, as `HistoryWriter` says. Throws TypeError where that cannot be done. */
export async function openHistoryWriterAt(address: string): Promise<HistoryWriter> {
  const place = parseLogAddress(address);
  switch (place.kind) {
    case 'sqlite':
      return (await import('./import-history-sqlite.js')).openSqliteHistoryWriter(place.file);
    case 'postgres':
      return (await import('./import-history-postgres.js')).openPostgresHistoryWriter(place);
    case 'eventstore':
      return eventStoreHistoryWriter(place.connectionString);
    case 'memory':
      throw new TypeError('a history cannot be brought into a log in memory: it would end with this process');
  }
}

/** Verifies the whole log at an address, read-only, and returns its head. Throws CorruptLogError, and TypeError where there is nothing to verify by. */
export async function verifyEventLogAt(address: string, onProgress?: (progress: VerifyProgress) => void): Promise<LogHead> {
  const place = parseLogAddress(address);
  switch (place.kind) {
    case 'sqlite':
      return (await import('./verify-sqlite-log.js')).verifySqliteLog(place.file, onProgress);
    case 'postgres':
      return (await import('./postgres/verify-postgres-log.js')).verifyPostgresLog(place, onProgress);
    case 'memory':
    case 'eventstore':
      throw new TypeError(`a log of kind ${place.kind} keeps no hashes to verify it by`);
  }
}

/** That adapter is strict about its options and has no warnings to give. */
const nowOf = ({ nowMs }: OpenEventLogOptions) => (nowMs === undefined ? {} : { nowMs });

function eventStoreHistoryWriter(connectionString: string): HistoryWriter {
  return {
    async importHistory(events, onProgress) {
      const { importHistoryIntoEventStore } = await import('./eventstore-event-log.js');
      const { imported } = await importHistoryIntoEventStore(connectionString, reported(events, onProgress));
      return { events: imported, head: null };
    },
    [Symbol.asyncDispose]: async () => undefined, // it connects for one import at a time
  };
}

/** A page counts as done when the next one is asked for. */
async function* reported(events: AsyncIterable<readonly RecordedEvent[]>, onProgress?: (progress: ImportProgress) => void) {
  for await (const page of events) {
    yield page;
    const last = page.at(-1);
    if (last !== undefined) onProgress?.({ position: last.position });
  }
}
