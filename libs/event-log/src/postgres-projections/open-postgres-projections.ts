import pg, { type ClientConfig } from 'pg';
import { DataSource } from 'typeorm';
import { PatientPool } from '../patient-pool.js';
import type { AnyProjectionTable } from '../projection-table.js';
import type { OpenReadModels, ReadModels } from '../read-models.js';
import { ImpatientClient } from './impatient-client.js';
import { copiesOf } from './postgres-copy.js';
import { postgresEntity } from './postgres-entity.js';
import { postgresProjectionStore } from './postgres-projection-store.js';
import { makeMissingTables } from './postgres-tables.js';
import { ServedVersions } from './served-versions.js';

/** Connections of one service instance: for queries, for writing rows, and one that says what is served here. */
export const READ_CONNECTIONS_MAX = 5;
/** A switch-over holds one while its last events are written through another, and `rows` of several projections run at once. */
export const WRITE_CONNECTIONS_MAX = 4;
export const CONNECT_TIMEOUT_MS = 3_000;
export const READ_STATEMENT_TIMEOUT_MS = 10_000;
/** Longer: a commit may wait for another process's switch-over. */
export const WRITE_STATEMENT_TIMEOUT_MS = 30_000;
/** Of a session that holds a lock: it only ever asks what is answered at once. */
export const SESSION_ANSWER_TIMEOUT_MS = 10_000;
/** Beyond the server's own limit, for a server that does not answer at all. */
export const ANSWER_GRACE_MS = 2_000;

export type PostgresProjectionsOptions = {
  /** `postgres://…` */
  readonly url: string;
  /** Of this service alone: a lower-case identifier. Made when missing. */
  readonly schema: string;
  readonly tables: readonly AnyProjectionTable[];
  /** Default READ_CONNECTIONS_MAX. */
  readonly readConnectionsMax?: number;
  /** Default READ_STATEMENT_TIMEOUT_MS. */
  readonly readTimeoutMs?: number;
  /** Default CONNECT_TIMEOUT_MS. */
  readonly connectTimeoutMs?: number;
};

/**
 * The read models of one service in PostgreSQL, to be asked through TypeORM by the same entities as in SQLite. Any number
 * of instances may open them at once. Rejects when the server cannot be reached or the role may not do what is needed;
 * once open, it lives through outages: what is asked meanwhile fails, and new connections are made afterwards. Closing
 * answers what was asked of the store before.
 */
export async function openPostgresProjections(options: PostgresProjectionsOptions): Promise<ReadModels> {
  const { url, schema, tables, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  if (!SCHEMA.test(schema)) throw new Error(`${JSON.stringify(schema)} is no name for a schema: it must match ${SCHEMA.source}`);
  const connection: ClientConfig = {
    connectionString: url,
    application_name: `slipway-${schema}`,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    query_timeout: SESSION_ANSWER_TIMEOUT_MS,
  };
  const timeouts = { statement_timeout: WRITE_STATEMENT_TIMEOUT_MS, query_timeout: WRITE_STATEMENT_TIMEOUT_MS + ANSWER_GRACE_MS };
  const pool = new PatientPool({ ...connection, ...timeouts, max: WRITE_CONNECTIONS_MAX });
  pool.on('error', () => undefined); // an idle connection was cut: the next question opens another
  const dataSource = readersOf(options);
  try {
    await dataSource.initialize();
    const copies = copiesOf(dataSource, schema, tables);
    const makeTables = () => makeMissingTables(pool, schema, copies);
    const served = new ServedVersions(connection, schema, copies, makeTables);
    await served.open(); // before the tables are looked for, so that nobody drops them in between
    await makeTables();
    const store = postgresProjectionStore({ pool, connection, schema }, copies);
    const close = async (): Promise<void> => {
      await served[Symbol.asyncDispose]();
      await Promise.all([dataSource.destroy(), pool.end()]);
    };
    return { dataSource, store, close };
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy();
    await pool.end();
    throw error;
  }
}

/** For a service that is told where its rows live. */
export function postgresReadModels(options: Omit<PostgresProjectionsOptions, 'tables'>): OpenReadModels {
  return (tables) => openPostgresProjections({ ...options, tables });
}

const SCHEMA = /^[a-z_][a-z0-9_]{0,39}$/;

function readersOf(options: PostgresProjectionsOptions): DataSource {
  const { url, schema, tables, readConnectionsMax = READ_CONNECTIONS_MAX, readTimeoutMs = READ_STATEMENT_TIMEOUT_MS, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  return new DataSource({
    type: 'postgres',
    driver: pg,
    url,
    schema,
    entities: tables.flatMap((table) => [postgresEntity(table.entity), postgresEntity(table.besideEntity)]),
    synchronize: false, // the tables are made by `makeMissingTables`, which drops and changes nothing
    installExtensions: false,
    applicationName: `slipway-${schema}`,
    connectTimeoutMS: connectTimeoutMs,
    poolSize: readConnectionsMax,
    poolErrorHandler: () => undefined,
    extra: { Client: ImpatientClient, statement_timeout: readTimeoutMs, query_timeout: readTimeoutMs + ANSWER_GRACE_MS, keepAlive: true },
  });
}
