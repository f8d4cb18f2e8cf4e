import { LogRightsError, LogVersionError } from '../log-errors.js';
import type { PostgresConnections } from './postgres-connection.js';
import { corrupt, GRANT_ADVICE } from './postgres-failures.js';
import { POSTGRES_LOG_FORMAT } from './postgres-log-schema.js';

export const POSTGRES_VERSION_MIN = 13;

/**
 * Whether this server, and the log on it, are such that the log's promises hold. Throws LogVersionError, LogRightsError or
 * CorruptLogError; what may be meant but costs durability goes to `warn`.
 */
export async function checkServer(connections: PostgresConnections, warn: (warning: string) => void): Promise<void> {
  const { label } = connections;
  const sql = `SELECT current_setting('server_version_num')::bigint, current_setting('server_version'), current_setting('server_encoding'),
    current_setting('synchronous_commit'), current_setting('fsync')`;
  const [row] = await connections.rows<[number, string, string, string, string]>(sql);
  if (row === undefined) throw corrupt(label, 'the server does not tell its settings');
  const [versionNumber, version, encoding, synchronousCommit, fsync] = row;
  if (versionNumber < POSTGRES_VERSION_MIN * 10_000)
    throw new LogVersionError(label, `the server is Postgres ${version}`, `Use Postgres ${POSTGRES_VERSION_MIN} or newer.`);
  if (encoding !== 'UTF8')
    throw new LogVersionError(label, `the database stores text as ${encoding}`, `Create a database with ENCODING 'UTF8' TEMPLATE template0 and name it in the URL.`);
  if (synchronousCommit === 'off')
    warn(`the event log ${label}: synchronous_commit is off, so a crash of the server can lose what was acknowledged. Set it to on for this role or database.`);
  if (fsync === 'off') warn(`the event log ${label}: fsync is off, so a power cut can damage the log. Set fsync = on in postgresql.conf.`);
}

/** That the role may do its part, and that the head belongs to the events. */
export async function checkLog(connections: PostgresConnections, use: 'read' | 'write'): Promise<void> {
  const { label, schema } = connections;
  await checkRights(connections, use);
  const sql = `SELECT head.format, head.position, encode(head.hash, 'hex'), last.position, encode(last.hash, 'hex') FROM "${schema}".head
    LEFT JOIN (SELECT position, hash FROM "${schema}".events ORDER BY position DESC LIMIT 1) AS last ON true`;
  const [row] = await connections.rows<[number, number, string, number | null, string | null]>(sql);
  if (row === undefined) throw corrupt(label, 'its head is missing');
  const [format, position, hash, lastPosition, lastHash] = row;
  if (format !== POSTGRES_LOG_FORMAT)
    throw new LogVersionError(label, `its tables have format ${format}, not ${POSTGRES_LOG_FORMAT}`, 'Use the version of this program that made them, or a newer one.');
  if (position !== (lastPosition ?? 0)) throw corrupt(label, `it ends at position ${lastPosition ?? 0} but had reached ${position}`);
  if (lastHash !== null && lastHash !== hash) throw corrupt(label, `position ${position} is not the event that was recorded there`);
}

async function checkRights(connections: PostgresConnections, use: 'read' | 'write'): Promise<void> {
  const needs = use === 'read' ? READ_RIGHTS : [...READ_RIGHTS, ...WRITE_RIGHTS];
  const sql = `SELECT current_user::text, has_schema_privilege($1::text, 'USAGE'), ARRAY(
      SELECT need FROM unnest($2::text[]) AS need JOIN pg_class c ON c.relname = split_part(need, ' on ', 2)
      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = $1
      WHERE NOT has_table_privilege(c.oid, split_part(need, ' on ', 1)) ORDER BY need)`;
  const [row] = await connections.rows<[string, boolean, string[]]>(sql, [connections.schema, needs]);
  const [role, maySeeSchema, missing] = row ?? ['', false, []];
  const lacks = [...(maySeeSchema ? [] : ['USAGE on the schema']), ...missing];
  if (lacks.length > 0) throw new LogRightsError(connections.label, `the role ${role} lacks ${lacks.join(', ')}`, GRANT_ADVICE);
}

const READ_RIGHTS = ['SELECT on events', 'SELECT on head'];
const WRITE_RIGHTS = ['INSERT on events', 'UPDATE on head'];
