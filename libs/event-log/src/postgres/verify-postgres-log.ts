import { GENESIS_HASH, chainHash } from '../hash-chain.js';
import type { LogHead } from '../head-record.js';
import type { VerifyProgress } from '../verify-sqlite-log.js';
import { PostgresConnections, type PostgresLogPlace } from './postgres-connection.js';
import { corrupt } from './postgres-failures.js';
import { checkLog } from './postgres-log-checks.js';
import { EVENT_COLUMNS, chainedRow, storedBytes, type EventRow } from './postgres-log-rows.js';

const VERIFY_PAGE_ROWS = 1_000;

/**
 * Verifies a whole log, whatever its size: its tables, indexes and guards, every hash and size, that no stream has a gap,
 * and that it reaches as far as its head says. Read-only, and writers may go on writing meanwhile. Returns the head.
 * Throws CorruptLogError, or LogUnreachableError and the like.
 */
export async function verifyPostgresLog(place: PostgresLogPlace, onProgress?: (progress: VerifyProgress) => void): Promise<LogHead> {
  const connections = new PostgresConnections({ ...place, statementTimeoutMs: place.statementTimeoutMs ?? 0 }, { connectionsMax: 1, readOnly: true });
  try {
    await checkLog(connections, 'read');
    await verifyStructure(connections);
    const recorded = await recordedHead(connections); // before the events: what is recorded now must be in them
    const head = await verifyRows(connections, recorded, onProgress);
    await verifyStreams(connections);
    return head;
  } finally {
    await connections.close();
  }
}

async function recordedHead(connections: PostgresConnections): Promise<LogHead> {
  const [row] = await connections.rows<[number, string]>(`SELECT position, encode(hash, 'hex') FROM "${connections.schema}".head`);
  if (row === undefined) throw corrupt(connections.label, 'its head is missing');
  return { position: row[0], hash: row[1] };
}

async function verifyRows(connections: PostgresConnections, recorded: LogHead, onProgress?: (progress: VerifyProgress) => void): Promise<LogHead> {
  const { label, schema } = connections;
  const sql = `SELECT ${EVENT_COLUMNS}, bytes_through, encode(hash, 'hex') FROM "${schema}".events WHERE position > $1 ORDER BY position LIMIT ${VERIFY_PAGE_ROWS}`;
  let [position, hash, bytesThrough] = [0, GENESIS_HASH, 0];
  for (;;) {
    const rows = await connections.rows<[...EventRow, bytesThrough: number, hash: string]>(sql, [position]);
    if (rows.length === 0) break;
    for (const row of rows) {
      const chained = chainedRow(row as unknown as EventRow);
      if (chained.position !== position + 1) throw corrupt(label, `position ${position + 1} is missing`, position);
      hash = chainHash(hash, chained);
      bytesThrough += storedBytes(chained);
      if (row[11] !== hash) throw corrupt(label, `position ${chained.position} does not match its hash`, position);
      if (row[10] !== bytesThrough) throw corrupt(label, `position ${chained.position} does not add up in size`, position);
      position = chained.position;
      if (position === recorded.position && hash !== recorded.hash) throw corrupt(label, `position ${position} is not the event that was recorded there`);
    }
    onProgress?.({ position });
  }
  if (position < recorded.position) throw corrupt(label, `it ends at position ${position} but had reached ${recorded.position}`, position);
  return { position, hash };
}

async function verifyStreams(connections: PostgresConnections): Promise<void> {
  const sql = `SELECT stream_id FROM "${connections.schema}".events GROUP BY stream_id
    HAVING count(*) <> max(revision) + 1 OR min(revision) <> 0 OR count(DISTINCT revision) <> count(*) LIMIT 1`;
  const [row] = await connections.rows<[string]>(sql);
  if (row !== undefined) throw corrupt(connections.label, `the revisions of stream ${row[0]} have a gap`);
}

/** Without its indexes the log admits doubles, without its triggers changes. */
async function verifyStructure(connections: PostgresConnections): Promise<void> {
  const { label, schema } = connections;
  const columns = `SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attname) FROM pg_attribute
    WHERE attrelid = ('"' || $1 || '".events')::regclass AND attnum > 0 AND NOT attisdropped`;
  const [found] = await connections.rows<[string]>(columns, [schema]);
  if (found?.[0] !== COLUMNS) throw corrupt(label, 'its tables are not those of an event log');
  const parts = `SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND i.indisvalid AND i.indisready
    UNION ALL SELECT t.tgname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND t.tgenabled = 'A'`;
  const present = new Set((await connections.rows<[string]>(parts, [schema])).map(([name]) => name));
  const missing = PARTS.filter((name) => !present.has(name));
  if (missing.length > 0) throw corrupt(label, `it has lost or switched off ${missing.join(', ')}`);
}

const COLUMNS =
  'bytes_through bigint, data text, data_bytes bytea, hash bytea, id text, metadata text, position bigint, recorded_at_ms bigint, revision bigint, stream_id text, type text, version bigint';
const PARTS = ['events_pkey', 'events_by_stream', 'events_by_type', 'events_by_id', 'head_pkey', 'events_stay', 'head_stays', 'head_advances'];
