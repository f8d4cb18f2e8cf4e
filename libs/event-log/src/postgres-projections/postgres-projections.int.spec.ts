import { locatePostgres, startTemporaryPostgres, type LocalServer } from '@slipway/local-servers';
import { Client, Pool } from 'pg';
import { Like, MoreThan } from 'typeorm';
import { newEvents } from '../conformance-events.js';
import { openMemoryEventLog } from '../memory-event-log.js';
import { openMemoryProjectionStore } from '../memory-projection-store.js';
import { startProjectionRunner } from '../projection-runner.js';
import { counter, projectionStoreConformance, type Counted } from '../projection-store.conformance.js';
import { CheckpointMovedError, type ProjectionChange } from '../projection-store.js';
import { projectionTable } from '../projection-table.js';
import { openPostgresProjections } from './open-postgres-projections.js';

const TEST_LIMIT_MS = 180_000;

const tableOf = (version: number) =>
  projectionTable<Counted, string, { count: number; even: boolean; last: string | null; madeAtMs: number }>(counter(version), {
    columns: {
      count: { type: 'integer', index: true },
      even: { type: 'boolean' },
      last: { type: 'varchar', nullable: true },
      madeAtMs: { type: 'integer' },
    },
    toColumns: ({ count, types }) => ({ count, even: count % 2 === 0, last: types.at(-1) ?? null, madeAtMs: 1_795_000_000_000 + count }),
  });

const rows = (count: number, value: number): ReadonlyMap<string, Counted> =>
  new Map(Array.from({ length: count }, (_, index) => [`key-${index}`, { streamId: `key-${index}`, count: value, types: [] }]));

(locatePostgres() === null ? describe.skip : describe)('projections in a real PostgreSQL (skipped where there is none)', () => {
  let server: LocalServer;
  let pool: Pool;
  let schema = 'counters_0';
  let schemas = 0;

  beforeAll(async () => {
    server = await startTemporaryPostgres();
    pool = new Pool({ connectionString: server.url });
    pool.on('error', () => undefined);
  }, TEST_LIMIT_MS);
  afterAll(async () => {
    await pool.end();
    await server[Symbol.asyncDispose]();
  });
  beforeEach(() => void (schema = `counters_${++schemas}`));

  async function openStore(version: number) {
    const table = tableOf(version);
    const { dataSource, store, close } = await openPostgresProjections({ url: server.url, schema, tables: [table] });
    return { ...store, dataSource, table, [Symbol.asyncDispose]: close };
  }
  const tables = async () =>
    (await pool.query<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = $1 AND tablename LIKE 'counter%' ORDER BY 1`, [schema])).rows.map(
      ({ name }) => name.replace(/_[0-9a-f]{8}/, ''),
    );
  const projection = counter();
  const change = (count: number, value: number, from: number, checkpoint: number): ProjectionChange => {
    return { projection, slot: 'live', puts: rows(count, value), deletes: [], from, checkpoint };
  };

  projectionStoreConformance('the PostgreSQL store', openStore);

  it('answers the same typed queries as SQLite: wide integers as numbers, text in byte order, LIKE', async () => {
    await using store = await openStore(1);
    const puts = new Map(['b', 'B', 'a', 'Ä', 'a_b', 'nul'].map((key, index) => [key, { streamId: key, count: index, types: [key === 'nul' ? 'a\0b' : key] }]));
    await store.commit([{ ...change(0, 0, 0, 1), puts }]);
    const repository = store.dataSource.getRepository(store.table.entity);
    expect((await repository.find({ order: { key: 'ASC' } })).map(({ key }) => key)).toEqual(['B', 'a', 'a_b', 'b', 'nul', 'Ä']);
    expect(await repository.find({ where: { count: MoreThan(1), even: true, last: Like('a%') }, order: { last: 'DESC' } })).toEqual([
      { key: 'a_b', row: puts.get('a_b'), count: 4, even: true, last: 'a_b', madeAtMs: 1_795_000_000_004 },
      { key: 'a', row: puts.get('a'), count: 2, even: true, last: 'a', madeAtMs: 1_795_000_000_002 },
    ]);
    expect((await repository.findOneBy({ key: 'nul' }))?.row.types).toEqual(['a\0b']);
  });

  it('has equal digests to the store in memory, after any history', async () => {
    await using store = await openStore(1);
    const memory = openMemoryProjectionStore();
    await using log = openMemoryEventLog();
    await using one = startProjectionRunner({ log, store, projections: [counter()] });
    await using two = startProjectionRunner({ log, store: memory, projections: [counter()] });
    for (let round = 0; round < 30; round++) await log.append(`${['a', 'B', 'ö', '🐢'][round % 4]}-${round % 7}`, newEvents(3, round % 5 === 0 ? 'Forgotten' : 'Happened'), 'any');
    expect(await one.waitFor(90, 60_000)).toBe(true);
    expect(await two.waitFor(90, 60_000)).toBe(true);
    const { hash, rows: count } = await memory.digest(counter(), 'live');
    expect(await store.digest(counter(), 'live')).toMatchObject({ hash, rows: count });
  });

  it('lets one of two stores that commit from the same checkpoint win, whole', async () => {
    await using a = await openStore(1);
    await using b = await openStore(1);
    for (let position = 0; position < 40; position++) {
      const outcomes = await Promise.allSettled([a.commit([change(20, 1, position, position + 1)]), b.commit([change(20, 2, position, position + 1)])]);
      const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      expect(lost).toEqual([expect.any(CheckpointMovedError)]);
      const winner = outcomes[0]?.status === 'fulfilled' ? 1 : 2;
      const counts = [...(await a.rows(projection, 'live', [...rows(20, 0).keys()])).values()].map((row) => (row as Counted).count);
      expect(new Set(counts)).toEqual(new Set([winner]));
    }
  });

  it('has written all or nothing when the connection is cut in the middle of a commit', async () => {
    await using store = await openStore(1);
    await store.commit([change(5, 1, 0, 1)]);
    const blocker = new Client({ connectionString: server.url });
    await blocker.connect();
    await blocker.query(`BEGIN; SELECT FROM ${schema}.projection_checkpoints FOR UPDATE`);
    const committing = store.commit([change(5, 2, 1, 2)]);
    committing.catch(() => undefined);
    const blocked = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'slipway-${schema}' AND wait_event_type = 'Lock'`;
    await until(async () => (await pool.query(blocked)).rowCount === 1);
    await expect(committing).rejects.toThrow();
    await blocker.end();
    expect(await store.checkpoint(projection, 'live')).toBe(1);
    expect((await store.rows(projection, 'live', ['key-0'])).get('key-0')).toMatchObject({ count: 1 });
    await store.commit([change(5, 2, 1, 2)]);
    expect(await store.checkpoint(projection, 'live')).toBe(2);
  });

  it('never shows a reader half of a commit or of a switch-over, nor keeps one out', async () => {
    await using store = await openStore(1);
    await store.commit([change(200, 0, 0, 1)]);
    const repository = store.dataSource.getRepository(store.table.entity);
    let done = false;
    let reads = 0;
    const readers = Array.from({ length: 4 }, async () => {
      while (!done) {
        const seen = await repository.find();
        expect([seen.length, new Set(seen.map(({ count }) => count)).size]).toEqual([200, 1]);
        reads++;
      }
    });
    for (let round = 1; round <= 25; round++) {
      await store.commit([change(200, round, round, round + 1)]);
      await store.clear(projection, 'beside');
      await store.commit([{ ...change(200, -round, 0, round + 1), slot: 'beside' }]);
      await store.switchOver(projection, async (live) => live);
    }
    const before = reads;
    await until(() => reads > before);
    done = true;
    await Promise.all(readers);
    expect(await store.checkpoint(projection, 'live')).toBe(26);
  }, TEST_LIMIT_MS);

  it('puts nothing live that somebody else began to build anew', async () => {
    await using store = await openStore(1);
    await store.commit([{ ...change(3, 1, 0, 5), slot: 'beside' }]);
    await expect(store.switchOver(projection, async () => 7)).rejects.toThrow(CheckpointMovedError);
    expect(await store.checkpoint(projection, 'live')).toBe(0);
  });

  it('can be opened by many at once, and never changes a table that is there', async () => {
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        await using store = await openStore(1);
        await store.checkpoint(projection, 'live');
      }),
    );
    expect(await tables()).toEqual(['counter_v1', 'counter_v1_beside']);
    const table = tableOf(1).entity.options.tableName;
    await pool.query(`ALTER TABLE ${schema}.${table} ADD COLUMN mine text DEFAULT 'kept'`);
    await using again = await openStore(1);
    await again.commit([change(1, 1, 0, 1)]);
    expect((await pool.query(`SELECT mine FROM ${schema}.${table}`)).rows).toEqual([{ mine: 'kept' }]);
  });

  it('keeps the tables of another version for as long as somebody serves them', async () => {
    const old = await openStore(1);
    await old.commit([change(3, 1, 0, 5)]);
    await using next = await openStore(2);
    expect(await next.discardOtherVersions(counter(2))).toBe(false);
    expect(await old.rows(projection, 'live', ['key-0'])).toHaveProperty('size', 1);
    expect(await tables()).toEqual(['counter_v1', 'counter_v1_beside', 'counter_v2', 'counter_v2_beside']);
    await old[Symbol.asyncDispose]();
    expect(await next.discardOtherVersions(counter(2))).toBe(true);
    expect(await tables()).toEqual(['counter_v2', 'counter_v2_beside']);
  });

  it('lets one build at a time', async () => {
    await using a = await openStore(1);
    await using b = await openStore(1);
    const { signal } = new AbortController();
    const happened: string[] = [];
    const work = (name: string) => async () => {
      happened.push(`${name} begins`);
      await pool.query('SELECT pg_sleep(0.05)');
      happened.push(`${name} ends`);
    };
    await Promise.all([a.exclusively?.(projection, work('a'), signal), b.exclusively?.(projection, work('b'), signal)]);
    expect([happened.slice(0, 2), happened.slice(2)].map((turn) => turn.map((text) => text[0]))).toEqual([[happened[0]?.[0], happened[0]?.[0]], [happened[2]?.[0], happened[2]?.[0]]]);
    await expect(a.exclusively?.(projection, work('c'), AbortSignal.abort(new Error('closing')))).rejects.toThrow('closing');
  });

  it('answers what was asked of the store before it was closed, and nothing after', async () => {
    const store = await openStore(1);
    await store.commit([change(5, 1, 0, 1)]);
    const asked = Array.from({ length: 9 }, () => store.checkpoint(projection, 'live')); // more than there are connections
    await store[Symbol.asyncDispose]();
    expect(await Promise.all(asked)).toEqual(asked.map(() => 1));
    await expect(store.checkpoint(projection, 'live')).rejects.toThrow('is closed');
  });

  it('refuses a name that is no plain schema', async () => {
    await expect(openPostgresProjections({ url: server.url, schema: 'a"; DROP', tables: [] })).rejects.toThrow('no name for a schema');
  });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}
