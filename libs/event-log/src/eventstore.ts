export { importHistoryIntoEventStore, openEventStoreEventLog, type EventStoreEventLogOptions } from './eventstore-event-log.js';
export { EventStoreConnectionStringError, EventStoreStreamDeletedError } from './eventstore-errors.js';
export { type HistoryImport } from './eventstore-history-import.js';
