import { startProjectionRunner, type EventLogReader, type ProjectionDigest, type ProjectionStore } from '@slipway/event-log';
import { sqliteReadModels } from '@slipway/event-log/read-models';
import { openPostgresProjections } from '@slipway/event-log/postgres-projections';
import path from 'node:path';
import pg from 'pg';
import type { ClusterRun } from './cluster-run.js';
import { serviceTables } from './projection-tables.js';
import { RawUpserts, UpsertCounter } from './raw-upserts.js';

export const BENCH_SCHEMA = 'slipway_bench';

const projectionsOf = (tables: ReturnType<typeof serviceTables>) => tables.map(({ projection }) => projection);

/**
 * The rows of registry and orchestrator from the whole log: into SQLite, into Postgres, and in Postgres once more beside the
 * rows that are served. Before, between and after, plain `pg` upserts a part of the same rows.
 */
export async function benchProjections(run: ClusterRun, log: EventLogReader): Promise<void> {
  const tables = serviceTables();
  const counter = new UpsertCounter();
  const inSqlite = await buildInSqlite(run, log, counter);
  const rows = await openPostgresProjections({ url: run.servers.postgres.url, schema: BENCH_SCHEMA, tables });
  const pool = new pg.Pool({ connectionString: run.servers.postgres.url, max: 1 });
  try {
    const raw = await RawUpserts.open(pool, BENCH_SCHEMA, tables);
    const addRaw = async (): Promise<void> => run.samples.add('project.raw', await raw.replay(counter.batches, tables));
    await addRaw();
    const written = await buildInPostgres(run, log, rows.store, addRaw);
    run.samples.add('project.upserts', written);
    for (const { projection } of tables) sameDigest(projection.name, await rows.store.digest(projection, 'live'), inSqlite.get(projection.name));
  } finally {
    await pool.end();
    await rows.close();
  }
}

async function buildInSqlite({ workshop, progress, samples }: ClusterRun, log: EventLogReader, counter: UpsertCounter): Promise<ReadonlyMap<string, ProjectionDigest>> {
  progress('cluster: building all rows in SQLite');
  const tables = serviceTables();
  const head = await log.head();
  const { store, close } = await sqliteReadModels(path.join(workshop.directory('rows'), 'rows.sqlite'))(tables);
  const startedAtMs = performance.now();
  await using runner = startProjectionRunner({ log, store: counter.counting(store), projections: projectionsOf(tables), onFailure: fail });
  await runner.ready;
  addRates(samples, 'project.sqlite', head, counter.upserts, performance.now() - startedAtMs);
  await runner[Symbol.asyncDispose]();
  const digests = new Map<string, ProjectionDigest>();
  for (const { projection } of tables) digests.set(projection.name, await store.digest(projection, 'live'));
  await close();
  return digests;
}

/** Answers how many rows the first build wrote. */
async function buildInPostgres({ progress, samples }: ClusterRun, log: EventLogReader, store: ProjectionStore, between: () => Promise<void>): Promise<number> {
  const head = await log.head();
  const counter = new UpsertCounter();
  const projections = projectionsOf(serviceTables());
  progress('cluster: building all rows in Postgres');
  let startedAtMs = performance.now();
  await using runner = startProjectionRunner({ log, store: counter.counting(store), projections, onFailure: fail });
  await runner.ready;
  const first = counter.upserts;
  addRates(samples, 'project.first', head, first, performance.now() - startedAtMs);
  await between();
  progress('cluster: building all rows in Postgres again, beside those that are served');
  startedAtMs = performance.now();
  for (const { name } of projections) await runner.rebuild(name);
  addRates(samples, 'project.again', head, counter.upserts - first, performance.now() - startedAtMs);
  await between();
  return first;
}

function addRates(samples: ClusterRun['samples'], series: string, events: number, upserts: number, elapsedMs: number): void {
  samples.add(series, (events * 1_000) / elapsedMs);
  samples.add(`${series}.upserts`, (upserts * 1_000) / elapsedMs);
}

function sameDigest(name: string, inPostgres: ProjectionDigest, inSqlite: ProjectionDigest | undefined): void {
  if (inPostgres.hash !== inSqlite?.hash || inPostgres.rows !== inSqlite.rows || inPostgres.checkpoint !== inSqlite.checkpoint)
    throw new Error(`the rows of ${name} differ: ${JSON.stringify({ inPostgres, inSqlite })}`);
}

function fail({ projection, error }: { readonly projection: string | null; readonly error: unknown }): void {
  throw new Error(`projection ${projection ?? 'store'} failed`, { cause: error });
}
