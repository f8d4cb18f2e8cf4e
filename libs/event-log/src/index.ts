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
export {
  CorruptLogError,
  InvalidEventError,
  LogClosedError,
  LogInUseError,
  LogOverloadedError,
  LogRightsError,
  LogUnreachableError,
  LogVersionError,
} from './log-errors.js';
export { LOG_ADDRESS_FORMS, parseLogAddress, type LogAddress } from './log-address.js';
export { openEventLogAt, openEventLogReaderAt, openHistoryWriterAt, verifyEventLogAt, type OpenEventLogOptions } from './open-event-log.js';
export { HistoryMismatchError, type HistoryWriter, type ImportedHistory, type ImportProgress } from './import-history.js';
export { renumberedHistory } from './renumbered-history.js';
export type { LiveFact } from './live-facts.js';
export { FOLLOW_RETRY_MS, FOLLOW_RETRY_MS_MAX, LogFollower, type LogFollowerOptions } from './log-follower.js';
export { logWithLiveFacts, SILENCE_MS, type LiveLog, type LiveLogOptions } from './live-log.js';
export { openMemoryEventLog, type MemoryEventLogOptions } from './memory-event-log.js';
export { openSqliteEventLog, type SqliteEventLogOptions } from './sqlite-event-log.js';
export { openSqliteLogFollower, type SqliteLogFollower, type SqliteLogFollowerOptions } from './sqlite-log-follower.js';
export { advanceProjection, buildProjection, ProjectionFailedError } from './build-projection.js';
export { openMemoryProjectionStore, type MemoryProjectionStore } from './memory-projection-store.js';
export { messageBatches } from './message-batches.js';
export { NodeSqliteDriver } from './node-sqlite-driver.js';
export type { AnyProjection, Projection, ProjectionPlace } from './projection.js';
export { startProjectionRunner, type ProjectionRunner, type ProjectionRunnerOptions } from './projection-runner.js';
export type { ProjectionFailure, ProjectionHealth } from './running-projections.js';
export {
  CheckpointMovedError,
  type ProjectionChange,
  type ProjectionDigest,
  type ProjectionSlot,
  type ProjectionStore,
} from './projection-store.js';
export { digestRows } from './row-digest.js';
export { systemClock, type Clock } from './clock.js';
export type { EffectRetry } from './effect-workers.js';
export { ManualClock } from './manual-clock.js';
export {
  processStreamId,
  type JsonCodec,
  type PerformContext,
  type PerformedEffect,
  type ProcessDefinition,
  type Routed,
  type TimerEffect,
} from './process-definition.js';
export { PROCESS_RECORD_TYPES, toRecord, type ProcessRecord } from './process-records.js';
export { startProcessRunner, type ProcessFailure, type ProcessHealth, type ProcessRunner, type ProcessRunnerOptions } from './process-runner.js';
export type { RunInSpan } from './run-in-span.js';
export { openMemorySnapshots } from './memory-snapshots.js';
export { openSqliteSnapshots } from './sqlite-snapshots.js';
export type { LogHead } from './head-record.js';
export { verifySqliteLog, type VerifyProgress } from './verify-sqlite-log.js';
