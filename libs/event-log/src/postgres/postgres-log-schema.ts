import type pg from 'pg';
import { POSTGRES_LOG_SCHEMA, requireSchemaName, type PostgresConnections } from './postgres-connection.js';
import { asLogError } from './postgres-failures.js';

/** Kept in the head row: another number is another kind of log. */
export const POSTGRES_LOG_FORMAT = 1;

/**
 * Everything the log needs, for an administrator to run as the owner of the database. It may be run again at any time.
 * With `role`, that role may then write the log and no more: it can neither change nor remove an event.
 *
 * `events` refuses UPDATE, DELETE and TRUNCATE to everybody, its owner included, and `head` moves only forwards.
 */
export function postgresLogSchemaSql(schema: string = POSTGRES_LOG_SCHEMA, role?: string): string {
  const statements = ['BEGIN', lockStatement(schema), ...schemaStatements(schema)];
  if (role !== undefined) statements.push(...grants(`"${schema}"`, `"${role.replaceAll('"', '""')}"`));
  return `${[...statements, 'COMMIT'].join(';\n')};\n`;
}

/**
 * Makes the schema when it is missing; needs no rights when it is there. Any number of instances may do so at once.
 * Throws LogRightsError and the like.
 */
export async function ensureLogSchema(connections: PostgresConnections): Promise<void> {
  if (await hasLogSchema(connections)) return;
  const client = await connections.take();
  try {
    await client.query(`BEGIN; ${lockStatement(connections.schema)}`);
    // Whoever waited for the lock finds it made: making it again would only get in the way of those who already use it.
    if (!(await hasLogSchema(connections, client))) await client.query(schemaStatements(connections.schema).join('; '));
    await client.query('COMMIT');
    client.release();
  } catch (error) {
    client.release(true);
    throw asLogError(error, connections.label, 'not-written');
  }
}

async function hasLogSchema(connections: PostgresConnections, client?: pg.PoolClient): Promise<boolean> {
  const sql = `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY($2) AND c.relkind IN ('r', 'p')`;
  const values = [connections.schema, TABLES];
  const rows = client === undefined ? await connections.rows<[number]>(sql, values) : (await client.query<[number]>(connections.statement(sql, values))).rows;
  return rows[0]?.[0] === TABLES.length;
}

const TABLES = ['events', 'head', 'snapshots'];

function schemaStatements(schema: string): string[] {
  const name = `"${requireSchemaName(schema)}"`;
  // In the order in which appends take them, so that a log in use may be brought up to date without a deadlock.
  const inOrder = `LOCK TABLE ${name}.head, ${name}.events IN ACCESS EXCLUSIVE MODE`;
  return [`CREATE SCHEMA IF NOT EXISTS ${name}`, ...tables(name), inOrder, ...contents(name), ...guards(name)];
}

/** CREATE … IF NOT EXISTS fails when two do it at once, so they take turns. */
function lockStatement(schema: string): string {
  return `SELECT pg_advisory_xact_lock(hashtext('slipway event log ${requireSchemaName(schema)}'))`;
}

/**
 * `bytes_through` sums the stored bytes up to the row, so that a page can be cut to a size without reading it. JSON is
 * kept as the text it was, because jsonb would not give it back equal; collation "C" is the order of bytes.
 */
function tables(name: string): string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${name}.head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one), format integer NOT NULL DEFAULT ${POSTGRES_LOG_FORMAT},
  position bigint NOT NULL, bytes_through bigint NOT NULL, hash bytea NOT NULL)`,
    `CREATE TABLE IF NOT EXISTS ${name}.events (
  position bigint PRIMARY KEY, stream_id text COLLATE "C" NOT NULL, revision bigint NOT NULL, id text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL, version bigint NOT NULL, recorded_at_ms bigint NOT NULL, bytes_through bigint NOT NULL,
  metadata text NOT NULL, data text, data_bytes bytea, hash bytea NOT NULL,
  CONSTRAINT events_by_stream UNIQUE (stream_id, revision),
  CONSTRAINT events_have_data CHECK ((data IS NULL) <> (data_bytes IS NULL)))`,
    `CREATE TABLE IF NOT EXISTS ${name}.snapshots (
  stream_id text COLLATE "C" NOT NULL, version text COLLATE "C" NOT NULL, revision bigint NOT NULL, event_id text NOT NULL,
  state text NOT NULL, hash text NOT NULL, PRIMARY KEY (stream_id, version))`,
  ];
}

function contents(name: string): string[] {
  return [
    `CREATE INDEX IF NOT EXISTS events_by_type ON ${name}.events (type, position)`,
    `CREATE INDEX IF NOT EXISTS events_by_id ON ${name}.events (stream_id, id)`,
    `INSERT INTO ${name}.head (position, bytes_through, hash) VALUES (0, 0, decode(repeat('0', 64), 'hex')) ON CONFLICT DO NOTHING`,
  ];
}

/** ALWAYS, so that a session that plays a replica is refused as well. */
function guards(name: string): string[] {
  const trigger = (event: string, table: string, level: string, what: string) => [
    `DROP TRIGGER IF EXISTS ${what} ON ${name}.${table}`,
    `CREATE TRIGGER ${what} BEFORE ${event} ON ${name}.${table} FOR EACH ${level} EXECUTE FUNCTION ${name}.${what}()`,
    `ALTER TABLE ${name}.${table} ENABLE ALWAYS TRIGGER ${what}`,
  ];
  return [
    `CREATE OR REPLACE FUNCTION ${name}.events_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the event log is append-only: % on its events is refused', TG_OP USING ERRCODE = 'insufficient_privilege'; END $$`,
    `CREATE OR REPLACE FUNCTION ${name}.head_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the event log is append-only: % of its head is refused', TG_OP USING ERRCODE = 'insufficient_privilege'; END $$`,
    `CREATE OR REPLACE FUNCTION ${name}.head_advances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.position > OLD.position AND NEW.bytes_through > OLD.bytes_through AND NEW.format = OLD.format AND NEW.one = OLD.one THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'the event log is append-only: its head moves only forwards' USING ERRCODE = 'insufficient_privilege';
END $$`,
    ...trigger('UPDATE OR DELETE OR TRUNCATE', 'events', 'STATEMENT', 'events_stay'),
    ...trigger('DELETE OR TRUNCATE', 'head', 'STATEMENT', 'head_stays'),
    ...trigger('UPDATE', 'head', 'ROW', 'head_advances'),
    `REVOKE UPDATE, DELETE, TRUNCATE ON ${name}.events FROM PUBLIC, CURRENT_USER`,
    `REVOKE DELETE, TRUNCATE ON ${name}.head FROM PUBLIC, CURRENT_USER`,
  ];
}

function grants(name: string, role: string): string[] {
  return [
    `GRANT USAGE ON SCHEMA ${name} TO ${role}`,
    `GRANT SELECT, INSERT ON ${name}.events TO ${role}`,
    `GRANT SELECT, UPDATE ON ${name}.head TO ${role}`,
    `GRANT SELECT, INSERT, UPDATE ON ${name}.snapshots TO ${role}`,
  ];
}
