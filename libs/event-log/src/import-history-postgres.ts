import { HistoryMismatchError, importAfter, type HistoryEnd, type HistoryPage, type HistoryWriter } from './import-history.js';
import { logStatements, writeValues } from './postgres/log-statements.js';
import { PostgresConnections, type PostgresLogPlace } from './postgres/postgres-connection.js';
import { asLogError, corrupt } from './postgres/postgres-failures.js';
import { checkLog, checkServer } from './postgres/postgres-log-checks.js';
import { ensureLogSchema } from './postgres/postgres-log-schema.js';

/**
 * Brings a history into a Postgres log, whose schema is made when it is missing. Each page is one transaction that moves
 * the head on from where the import left it. Throws as openPostgresEventLog does.
 */
export async function openPostgresHistoryWriter(place: PostgresLogPlace): Promise<HistoryWriter> {
  const connections = new PostgresConnections(place, { connectionsMax: 1 });
  try {
    await checkServer(connections, () => undefined);
    await ensureLogSchema(connections);
    await checkLog(connections, 'write');
  } catch (error) {
    await connections.close();
    throw error;
  }
  const { write: sql } = logStatements(connections.schema);
  const write = async ({ rows, from, end }: HistoryPage): Promise<void> => {
    const client = await connections.take();
    try {
      const written = await client.query(connections.statement(sql, writeValues(from, end, rows)));
      if (written.rows.length === 0) throw new HistoryMismatchError(connections.label, 'somebody else writes to it');
      client.release();
    } catch (error) {
      client.release(true);
      throw asLogError(error, connections.label, 'unknown');
    }
  };
  return {
    importHistory: async (events, onProgress) =>
      importAfter(connections.label, await presentEnd(connections), events, async (page) => {
        await write(page);
        onProgress?.({ position: page.end.position });
      }),
    [Symbol.asyncDispose]: () => connections.close(),
  };
}

async function presentEnd(connections: PostgresConnections): Promise<HistoryEnd> {
  const sql = `SELECT position, encode(hash, 'hex'), bytes_through FROM "${connections.schema}".head`;
  const [row] = await connections.rows<[number, string, number]>(sql);
  if (row === undefined) throw corrupt(connections.label, 'its head is missing');
  return { position: row[0], hash: row[1], bytesThrough: row[2] };
}
