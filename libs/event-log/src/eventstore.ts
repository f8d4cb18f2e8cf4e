export { importHistoryIntoEventStore, openEventStoreEventLog, type EventStoreEventLogOptions } from './eventstore-event-log.js';
export {
  EventStoreAccessDeniedError,
  EventStoreConnectionStringError,
  EventStoreStreamDeletedError,
  EventStoreUnreachableError,
  EventStoreWrongServerError,
} from './eventstore-errors.js';
export { ImportTargetNotEmptyError, type HistoryImport } from './eventstore-history-import.js';
