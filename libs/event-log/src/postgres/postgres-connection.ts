import pg from 'pg';
import { LogUnreachableError } from '../log-errors.js';
import { PatientPool } from '../patient-pool.js';
import { asLogError } from './postgres-failures.js';

/** Where the log's tables lie unless told otherwise. */
export const POSTGRES_LOG_SCHEMA = 'slipway_log';
/** How long a new connection may take. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** How long the server may work on one statement, waiting for other writers included. */
export const STATEMENT_TIMEOUT_MS = 30_000;
/** How much longer than that an answer is waited for: after it the connection is given up, for the network is gone. */
export const ANSWER_GRACE_MS = 2_000;
/** A writer that stops between two statements of a transaction (paused, swapped out) holds up all others no longer than this. */
export const IDLE_TRANSACTION_TIMEOUT_MS = 10_000;
/** Connections that a log reads with. It writes with one more, and listens with another. */
export const READ_CONNECTIONS_MAX = 4;
const KEEP_ALIVE_AFTER_MS = 10_000;

export type PostgresLogPlace = {
  /** `postgres://user:password@host:port/database?sslmode=…`; see `pool` for anything it cannot say. */
  readonly url?: string;
  /** Options of `pg`, used beside or instead of the URL. */
  readonly pool?: pg.PoolConfig;
  /** Default POSTGRES_LOG_SCHEMA. Lower-case letters, digits and underscores, at most 63. */
  readonly schema?: string;
  /** Default CONNECT_TIMEOUT_MS. */
  readonly connectTimeoutMs?: number;
  /** Default STATEMENT_TIMEOUT_MS; 0 for no limit. */
  readonly statementTimeoutMs?: number;
};

/** One kind of use: its connections, prepared statements and errors. */
export class PostgresConnections {
  readonly schema: string;
  /** What errors call this log: host, port, database and schema, never a password. */
  readonly label: string;
  readonly #config: pg.PoolConfig;
  readonly #pool: PatientPool;
  readonly #names = new Map<string, string>();
  #closed: Promise<void> | null = null;

  /** Connects only when first used. */
  constructor(place: PostgresLogPlace, use: { readonly connectionsMax: number; readonly readOnly?: boolean; readonly pipeline?: boolean }) {
    this.schema = requireSchemaName(place.schema ?? POSTGRES_LOG_SCHEMA);
    this.#config = clientConfig(place, use.pipeline ?? false);
    this.label = labelOf(this.#config, this.schema);
    const session = sessionSettings(place, use.readOnly ?? false);
    this.#pool = new PatientPool({
      ...this.#config,
      max: use.connectionsMax,
      // Typed as returning nothing, but waited for: no query runs before the session is as we need it.
      onConnect: (client) => client.query(session) as unknown as void,
    });
    this.#pool.on('error', () => undefined); // an idle connection was lost; the pool has already dropped it
  }

  /** The rows as arrays, bigints as numbers. A statement is planned once per connection. Throws one of the log's errors. */
  async rows<Row extends unknown[]>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      const { rows } = await this.#pool.query<Row>(this.statement(text, values));
      return rows;
    } catch (error) {
      throw asLogError(error, this.label, 'not-written');
    }
  }

  /** A connection of one's own; release it with `true` when anything went wrong on it. Throws LogUnreachableError and the like. */
  async take(): Promise<pg.PoolClient> {
    try {
      const client = await this.#pool.connect();
      client.on('error', ignoreLoss);
      const release = client.release;
      client.release = (broken) => {
        client.off('error', ignoreLoss);
        release(broken);
      };
      return client;
    } catch (error) {
      throw asLogError(error, this.label, 'not-written');
    }
  }

  /** A statement with a name of its own, so that the server keeps its plan. */
  statement(text: string, values: readonly unknown[]): pg.QueryArrayConfig<unknown[]> {
    let name = this.#names.get(text);
    if (name === undefined) this.#names.set(text, (name = `slipway_${this.#names.size}`));
    return { name, text, values: [...values], rowMode: 'array' };
  }

  /** A single connection outside the pool, for listening; not yet connected. */
  client(): pg.Client {
    return new pg.Client(this.#config);
  }

  /** Waits for what is under way. May be called again. */
  close(): Promise<void> {
    return (this.#closed ??= this.#pool.end());
  }
}

const ignoreLoss = (): undefined => undefined; // the query under way on that connection rejects, and that is where it is dealt with

const INT8 = 20;
const NUMERIC = 1700;

/** Bigints as numbers: positions and revisions are safe integers. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((type: number, format?: 'text') =>
    type === INT8 || type === NUMERIC ? Number : (pg.types.getTypeParser as (type: number, format?: 'text') => unknown)(type, format)) as typeof pg.types.getTypeParser,
};

function clientConfig(place: PostgresLogPlace, pipeline: boolean): pg.PoolConfig {
  const statementTimeoutMs = place.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  return {
    idleTimeoutMillis: 0, // a connection that is kept answers the next append sooner
    ...place.pool,
    ...(place.url !== undefined && { connectionString: place.url }),
    application_name: place.pool?.application_name ?? 'slipway event log',
    connectionTimeoutMillis: place.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    ...(statementTimeoutMs > 0 && { query_timeout: statementTimeoutMs + ANSWER_GRACE_MS }),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    types: TYPES,
    pipeline,
  };
}

/**
 * Set by statement and not when connecting, which poolers refuse. Plans are generic because every statement here is bounded
 * by an index whatever its values are; planning each anew would double the time of an append.
 */
function sessionSettings(place: PostgresLogPlace, readOnly: boolean): string {
  const settings = {
    default_transaction_isolation: `'read committed'`,
    default_transaction_read_only: readOnly ? 'on' : 'off',
    plan_cache_mode: 'force_generic_plan',
    statement_timeout: place.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
  };
  return Object.entries(settings).map(([name, value]) => `SET ${name} = ${value}`).join('; ');
}

/** Quoted wherever it is used; kept this plain so that it is a NOTIFY channel and a name in messages as well. */
export function requireSchemaName(schema: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema) || schema.startsWith('pg_'))
    throw new TypeError(`a schema name is lower-case letters, digits and underscores, at most 63, and does not begin with pg_: ${schema}`);
  return schema;
}

function labelOf(config: pg.PoolConfig, schema: string): string {
  try {
    const { host, port, database } = new pg.Client(config);
    return `postgres://${host}:${port}/${database ?? ''} (schema ${schema})`;
  } catch (error) {
    throw new LogUnreachableError('postgres', `its URL cannot be read (${(error as Error).message})`, 'not-written', error);
  }
}
