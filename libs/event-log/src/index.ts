export { APPEND_BYTES_MAX } from './append-rules.js';
export type { EventFilter } from './event-filter.js';
export type {
  AppendOutcome,
  Direction,
  EventLog,
  EventLogReader,
  EventMetadata,
  ExpectedRevision,
  FollowMessage,
  FollowOptions,
  FollowStreamOptions,
  LogReadOptions,
  NewEvent,
  RecordedEvent,
  StreamHead,
  StreamRead,
  StreamReadOptions,
} from './event-log.js';
export type { EventSequence } from './event-sequence.js';
export type { Aggregate, SerializedEvent, SnapshotCodec } from './aggregate.js';
export { eventIdOf } from './event-id.js';
export {
  CONFLICT_ATTEMPTS_MAX,
  CommandTooLargeError,
  ContendedStreamError,
  handleCommand,
  type CommandContext,
  type CommandOutcome,
  type HandleCommandOptions,
} from './handle-command.js';
export { loadState, type LoadedState } from './load-state.js';
export { SNAPSHOT_EVERY_EVENTS, type Snapshot, type Snapshots } from './snapshots.js';
export { CACHED_STATES_MAX, StateCache, type CachedState } from './state-cache.js';
export { CorruptLogError, InvalidEventError, LogClosedError, LogInUseError, LogOverloadedError } from './log-errors.js';
export { openMemoryEventLog, type MemoryEventLogOptions } from './memory-event-log.js';
export { openSqliteEventLog, type SqliteEventLogOptions } from './sqlite-event-log.js';
export { openSqliteLogFollower, type SqliteLogFollower, type SqliteLogFollowerOptions } from './sqlite-log-follower.js';
