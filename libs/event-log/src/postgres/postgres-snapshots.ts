import { snapshotHash } from '../snapshot-hash.js';
import type { Snapshots } from '../snapshots.js';
import { PostgresConnections, type PostgresLogPlace } from './postgres-connection.js';
import { ensureLogSchema } from './postgres-log-schema.js';

/** Snapshots are loaded and saved by as many commands at once. */
export const SNAPSHOT_CONNECTIONS_MAX = 2;

/**
 * Snapshots in the schema of the log, shared by all instances; the table may be emptied at any time. A row whose hash
 * does not match is as good as absent. Makes the schema when it is missing.
 */
export async function openPostgresSnapshots(place: PostgresLogPlace): Promise<Snapshots> {
  const connections = new PostgresConnections(place, { connectionsMax: SNAPSHOT_CONNECTIONS_MAX });
  const table = `"${connections.schema}".snapshots`;
  try {
    await ensureLogSchema(connections);
  } catch (error) {
    await connections.close();
    throw error;
  }
  return {
    async load(streamId, version) {
      const sql = `SELECT revision, event_id, state, hash FROM ${table} WHERE stream_id = $1 AND version = $2`;
      const [row] = await connections.rows<[number, string, string, string]>(sql, [streamId, version]);
      if (row === undefined) return null;
      const [revision, eventId, state, hash] = row;
      if (hash !== snapshotHash(streamId, version, revision, eventId, state)) return null;
      return { streamId, version, revision, eventId, state: JSON.parse(state) as unknown };
    },
    async save({ streamId, version, revision, eventId, state }) {
      const sql = `INSERT INTO ${table} (stream_id, version, revision, event_id, state, hash) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (stream_id, version) DO UPDATE SET revision = excluded.revision, event_id = excluded.event_id, state = excluded.state, hash = excluded.hash`;
      const text = JSON.stringify(state);
      await connections.rows(sql, [streamId, version, revision, eventId, text, snapshotHash(streamId, version, revision, eventId, text)]);
    },
    [Symbol.asyncDispose]: () => connections.close(),
  };
}
