import { openEventLogReaderAt, openSqliteLogFollower, verifyEventLogAt, type EventLogReader } from '@slipway/event-log';
import pg from 'pg';
import { EXIT_CODES, ReplayError } from './exit-codes.js';
import { failureOf } from './log-failure.js';
import type { LogPlace } from './log-place.js';

/** How long a server may take to answer that it is there. */
const CONNECT_TIMEOUT_MS = 5_000;
const DEFAULT_SCHEMA = 'slipway_log';

/**
 * Opens a log for reading while `use` runs; whoever writes it may run, be killed and start again meanwhile. Never makes a
 * log where there is none. Throws ReplayError.
 */
export async function withLog<T>(place: LogPlace, use: (log: EventLogReader) => Promise<T>): Promise<T> {
  try {
    await using log = await openLog(place);
    return await use(log);
  } catch (error) {
    throw failureOf(error, place.label);
  }
}

async function openLog(place: LogPlace): Promise<EventLogReader> {
  if (place.file !== null) return openSqliteLogFollower(place.file);
  if (place.kind === 'postgres') await requirePostgresLog(place);
  return openEventLogReaderAt(place.address, { onWarning: () => undefined });
}

/** The adapter makes the tables of a log that has none: a tool that only reads must not. */
export async function requirePostgresLog(place: LogPlace): Promise<void> {
  let isThere: boolean;
  try {
    isThere = await hasPostgresLog(place.address);
  } catch (error) {
    await verifyEventLogAt(place.address); // reads only, and says in the log's own words what is wrong with this server
    throw error;
  }
  if (!isThere) throw new ReplayError(EXIT_CODES.logUnreadable, `there is no event log in ${place.label}: it holds none of a log's tables; check the database and the schema in the URL`);
}

export async function hasPostgresLog(address: string): Promise<boolean> {
  const at = address.indexOf('?');
  const parameters = new URLSearchParams(at === -1 ? '' : address.slice(at + 1));
  const schema = parameters.get('schema') ?? DEFAULT_SCHEMA;
  parameters.delete('schema');
  const rest = parameters.toString();
  const connectionString = (at === -1 ? address : address.slice(0, at)) + (rest === '' ? '' : `?${rest}`);
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, query_timeout: CONNECT_TIMEOUT_MS, application_name: 'slipway-replay' });
  client.on('error', () => undefined); // the question under way says it
  try {
    await client.connect();
    const sql = `SELECT count(*)::int AS tables FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname IN ('events', 'head')`;
    const { rows } = await client.query<{ tables: number }>(sql, [schema]);
    return rows[0]?.tables === 2;
  } finally {
    await client.end().catch(() => undefined);
  }
}
