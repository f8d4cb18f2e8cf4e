import { GENESIS_HASH } from '../hash-chain.js';
import type { LogEnd, PlannedRow, StoredRange } from './append-plan.js';

/** The statements that append, for one schema, and their values. Hashes travel as hex, lists as Postgres array literals. */
export type LogStatements = {
  readonly lockHead: string;
  readonly lastRevisions: string;
  readonly storedEvents: string;
  readonly write: string;
};

/**
 * `write` moves the head on from where the caller believes it to be, and inserts the rows only if it was there: one
 * statement, one transaction. It returns a row when it wrote.
 */
export function logStatements(schema: string): LogStatements {
  const events = `"${schema}".events`;
  const head = `"${schema}".head`;
  return {
    lockHead: `SELECT position, bytes_through, encode(hash, 'hex') FROM ${head} FOR UPDATE`,
    lastRevisions: `SELECT s.stream_id, e.revision FROM unnest($1::text[]) AS s (stream_id)
      LEFT JOIN LATERAL (SELECT revision FROM ${events} WHERE stream_id = s.stream_id ORDER BY revision DESC LIMIT 1) e ON true`,
    storedEvents: `SELECT r.stream_id, e.revision, e.id, e.position FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS r (stream_id, first, rows_max)
      CROSS JOIN LATERAL (SELECT revision, id, position FROM ${events} WHERE stream_id = r.stream_id AND revision >= r.first
        AND revision < r.first + r.rows_max ORDER BY revision) e`,
    write: `WITH moved AS (
        UPDATE ${head} SET position = $1, bytes_through = $2, hash = decode($3, 'hex')
        WHERE position = $4 AND hash = decode($5, 'hex') RETURNING position),
      written AS (
        INSERT INTO ${events} (position, stream_id, revision, id, type, version, recorded_at_ms, bytes_through, metadata, data, data_bytes, hash)
        SELECT $4::bigint + r.nth, r.stream_id, r.revision, r.id, r.type, r.version, r.recorded_at_ms, r.bytes_through, r.metadata, r.data, r.data_bytes, decode(r.hash, 'hex')
        FROM moved, unnest($6::text[], $7::bigint[], $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::text[], $15::bytea[], $16::text[])
          WITH ORDINALITY AS r (stream_id, revision, id, type, version, recorded_at_ms, bytes_through, metadata, data, data_bytes, hash, nth))
      SELECT position, pg_notify('${schema}', position::text) FROM moved`,
  };
}

export const EMPTY_END: LogEnd = { position: 0, bytesThrough: 0, hash: GENESIS_HASH };

export function streamValues(streamIds: readonly string[]): unknown[] {
  return [textList(streamIds)];
}

export function rangeValues(ranges: readonly StoredRange[]): unknown[] {
  return [textList(ranges.map((range) => range.streamId)), numberList(ranges.map((range) => range.from)), numberList(ranges.map((range) => range.count))];
}

/** `rows` follow `from` without a gap and are not empty. */
export function writeValues(from: LogEnd, end: LogEnd, rows: readonly PlannedRow[]): unknown[] {
  return [
    end.position,
    end.bytesThrough,
    end.hash,
    from.position,
    from.hash,
    textList(rows.map((row) => row.streamId)),
    numberList(rows.map((row) => row.revision)),
    textList(rows.map((row) => row.id)),
    textList(rows.map((row) => row.type)),
    numberList(rows.map((row) => row.version)),
    numberList(rows.map((row) => row.recordedAtMs)),
    numberList(rows.map((row) => row.bytesThrough)),
    textList(rows.map((row) => row.metadata)),
    textList(rows.map((row) => (typeof row.data === 'string' ? row.data : null))),
    bytesList(rows.map((row) => (typeof row.data === 'string' ? null : row.data))),
    `{${rows.map((row) => row.hash).join(',')}}`,
  ];
}

const numberList = (numbers: readonly number[]): string => `{${numbers.join(',')}}`;

/** Built here because `pg` takes three times as long over it, quote by quote. */
function textList(texts: readonly (string | null)[]): string {
  return `{${texts.map((text) => (text === null ? 'NULL' : `"${SPECIAL.test(text) ? text.replace(SPECIALS, '\\$&') : text}"`)).join(',')}}`;
}

function bytesList(items: readonly (Uint8Array | null)[]): string {
  return `{${items.map((bytes) => (bytes === null ? 'NULL' : `"\\\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}"`)).join(',')}}`;
}

const SPECIAL = /["\\]/;
const SPECIALS = /["\\]/g;
