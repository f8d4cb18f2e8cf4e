export { openPostgresHistoryWriter } from '../import-history-postgres.js';
export { POSTGRES_LOG_SCHEMA, type PostgresLogPlace } from './postgres-connection.js';
export { openPostgresEventLog, openPostgresLogReader, type PostgresEventLogOptions, type PostgresLogReaderOptions } from './postgres-event-log.js';
export { postgresLogSchemaSql } from './postgres-log-schema.js';
export { openPostgresSnapshots } from './postgres-snapshots.js';
export { verifyPostgresLog } from './verify-postgres-log.js';
