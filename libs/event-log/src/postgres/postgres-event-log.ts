import type { EventLog, EventLogReader } from '../event-log.js';
import { GroupCommit } from './group-commit.js';
import { PostgresConnections, READ_CONNECTIONS_MAX, type PostgresLogPlace } from './postgres-connection.js';
import { POLL_INTERVAL_MS, PostgresLogChanges } from './postgres-log-changes.js';
import { checkLog, checkServer } from './postgres-log-checks.js';
import { PostgresLogReader } from './postgres-log-reader.js';
import { ensureLogSchema } from './postgres-log-schema.js';
import { PostgresLogWriter } from './postgres-log-writer.js';

export type PostgresLogReaderOptions = PostgresLogPlace & {
  /** How often followers look for news that no notification brought. Default POLL_INTERVAL_MS. */
  readonly pollIntervalMs?: number;
  /** Default READ_CONNECTIONS_MAX. */
  readonly readConnectionsMax?: number;
  /** Told of settings of the server that weaken what the log promises. Default: a process warning. */
  readonly onWarning?: (warning: string) => void;
};

export type PostgresEventLogOptions = PostgresLogReaderOptions & {
  /** Milliseconds since 1970. Default: the system clock. */
  readonly nowMs?: () => number;
};

/**
 * The log of a cluster: tables in Postgres, and any number of writers and readers. Positions have no gaps and are in
 * commit order, whoever writes, because an append holds the log's head row until it has committed; so a reader that has
 * seen a position has seen all before it. Each row carries the hash of everything before it, as in the SQLite log.
 *
 * What `append` acknowledged is as durable as the server's commits (`synchronous_commit`). While the server is away,
 * appends and reads reject with LogUnreachableError, followers that wait go on waiting, and all is well once it is back.
 *
 * It needs sessions of its own (prepared statements, LISTEN): a connection pooler in between must pool by session.
 *
 * Makes its schema when it is missing. Throws LogUnreachableError, LogRightsError, LogVersionError or CorruptLogError.
 */
export async function openPostgresEventLog(options: PostgresEventLogOptions): Promise<EventLog> {
  const parts = await openReader(options, 'write');
  const { connections, changes, reader } = parts;
  const writing = new PostgresConnections(options, { connectionsMax: 1, pipeline: true });
  const writer = new PostgresLogWriter(writing, options.nowMs ?? Date.now);
  const queue = new GroupCommit(async (appends) => {
    const outcomes = await writer.writeGroup(appends);
    changes.reached(writer.position);
    return outcomes;
  });
  return {
    ...readerPort(reader),
    append: (streamId, events, expected) => queue.append(streamId, events, expected),
    async [Symbol.asyncDispose]() {
      await queue.close();
      await closeReader(parts);
      await Promise.all([writing.close(), connections.close()]);
    },
  };
}

/** The same log for a process that only reads it: it needs no more than SELECT, and may be given a standby. */
export async function openPostgresLogReader(options: PostgresLogReaderOptions): Promise<EventLogReader> {
  const parts = await openReader(options, 'read');
  return {
    ...readerPort(parts.reader),
    async [Symbol.asyncDispose]() {
      await closeReader(parts);
      await parts.connections.close();
    },
  };
}

type ReaderParts = { readonly connections: PostgresConnections; readonly changes: PostgresLogChanges; readonly reader: PostgresLogReader };

async function openReader(options: PostgresLogReaderOptions, use: 'read' | 'write'): Promise<ReaderParts> {
  await prepareLog(options, use);
  const connections = new PostgresConnections(options, { connectionsMax: options.readConnectionsMax ?? READ_CONNECTIONS_MAX, readOnly: true });
  const changes = new PostgresLogChanges(connections, options.pollIntervalMs ?? POLL_INTERVAL_MS);
  return { connections, changes, reader: new PostgresLogReader(connections, changes) };
}

/** Checks the server and the log, and makes the schema when it is missing. */
async function prepareLog(options: PostgresLogReaderOptions, use: 'read' | 'write'): Promise<void> {
  const connections = new PostgresConnections(options, { connectionsMax: 1 });
  try {
    await checkServer(connections, options.onWarning ?? ((warning) => process.emitWarning(warning, 'EventLogWarning')));
    await ensureLogSchema(connections);
    await checkLog(connections, use);
  } finally {
    await connections.close();
  }
}

/** Followers first: what they are reading may then end as it likes. */
async function closeReader({ reader, changes }: ReaderParts): Promise<void> {
  await reader[Symbol.asyncDispose]();
  changes.close();
}

function readerPort(reader: PostgresLogReader): Omit<EventLogReader, typeof Symbol.asyncDispose> {
  return {
    readStream: (streamId, options) => reader.readStream(streamId, options),
    readAll: (options) => reader.readAll(options),
    follow: (options) => reader.follow(options),
    followStream: (streamId, options) => reader.followStream(streamId, options),
    listStreams: (options) => reader.listStreams(options),
    findEvent: (streamId, eventId) => reader.findEvent(streamId, eventId),
    head: () => reader.head(),
  };
}
