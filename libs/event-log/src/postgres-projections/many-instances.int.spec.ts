import net from 'node:net';
import { locatePostgres, startTemporaryPostgres, type LocalServer } from '@slipway/local-servers';
import { Pool } from 'pg';
import { newEvent, newEvents } from '../conformance-events.js';
import type { EventLog } from '../event-log.js';
import { openMemoryEventLog } from '../memory-event-log.js';
import { openMemoryProjectionStore } from '../memory-projection-store.js';
import { startProjectionRunner, type ProjectionRunnerOptions } from '../projection-runner.js';
import { counter, type Counted } from '../projection-store.conformance.js';
import { projectionTable } from '../projection-table.js';
import { seededChance } from '../seeded-chance.js';
import { openPostgresProjections } from './open-postgres-projections.js';

const TEST_LIMIT_MS = 300_000;
const WAIT_MS = 120_000;
/** Long enough to connect and be answered, on a slow machine too. */
const READ_LIMIT_MS = 2_000;
/** No machine is so slow; an outage is met by refusal, not by waiting. */
const CONNECT_LIMIT_MS = 60_000;

const busy = (version = 1) => counter(version);
/** Wants little of what the log holds, so that its checkpoint stays behind. */
const rare = () => ({ ...counter(1, { types: ['Forgotten'] }), name: 'rare' });
const tablesOf = (version = 1) => [busy(version), rare()].map((projection) => projectionTable<Counted, string>(projection, { columns: {}, toColumns: () => ({}) }));

(locatePostgres() === null ? describe.skip : describe)('several instances on one PostgreSQL (skipped where there is none)', () => {
  let server: LocalServer;
  let pool: Pool;
  let schema = '';
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
  beforeEach(() => void (schema = `instances_${++schemas}`));

  async function startInstance(log: EventLog, version = 1, more: Partial<ProjectionRunnerOptions> = {}) {
    const opened = await openPostgresProjections({ url: server.url, schema, tables: tablesOf(version), connectTimeoutMs: CONNECT_LIMIT_MS });
    const failures: unknown[] = [];
    const onFailure = ({ error }: { readonly error: unknown }) => void failures.push(error);
    const runner = startProjectionRunner({ log, store: opened.store, projections: [busy(version), rare()], onFailure, ...more });
    const close = async () => {
      await runner[Symbol.asyncDispose]();
      await opened.close();
    };
    return { ...opened, runner, failures, close, [Symbol.asyncDispose]: close };
  }

  /** What the rows must be: computed anew, in memory. */
  async function expectRowsOf(log: EventLog, { store }: Awaited<ReturnType<typeof startInstance>>) {
    const memory = openMemoryProjectionStore();
    await using runner = startProjectionRunner({ log, store: memory, projections: [busy(), rare()] });
    await runner.ready;
    for (const projection of [busy(), rare()]) {
      const { hash, rows } = await memory.digest(projection, 'live');
      expect(await store.digest(projection, 'live')).toMatchObject({ hash, rows });
    }
    return memory.all(busy()).get('all')?.count;
  }

  it('apply each event once, without an error, and each knows when the rows contain it', async () => {
    await using log = openMemoryEventLog();
    await log.append('a-0', newEvents(100), 'none');
    await using a = await startInstance(log);
    await using b = await startInstance(log);
    for (let round = 1; round <= 100; round++) {
      const outcome = await log.append(`a-${round % 9}`, [...newEvents(2), newEvent(round % 10 === 0 ? 'Forgotten' : 'Ignored')], 'any');
      const position = 'appended' in outcome ? outcome.appended.position : 0;
      if (round % 3 === 0) expect(await Promise.all([a.runner.waitFor(position, WAIT_MS), b.runner.waitFor(position, WAIT_MS)])).toEqual([true, true]);
    }
    const head = await log.head();
    expect(await Promise.all([a.runner.waitFor(head, WAIT_MS), b.runner.waitFor(head, WAIT_MS)])).toEqual([true, true]);
    expect([...a.failures, ...b.failures]).toEqual([]);
    expect(await expectRowsOf(log, a)).toBe(100 + 200 + 10);
    expect(a.runner.health()).toMatchObject([{ state: 'following', position: head, error: null }, { position: head, error: null }]);
  }, TEST_LIMIT_MS);

  it.each([1, 2, 3])('end with the rows one would have made, though connections are cut and instances restarted at random (seed %i)', async (seed) => {
    const chance = seededChance(seed);
    await using log = openMemoryEventLog();
    await log.append('a-0', newEvents(1_200), 'none');
    const instances = await Promise.all([startInstance(log), startInstance(log)]);
    let done = false;
    const writing = (async () => {
      while (!done) {
        await log.append(`a-${chance(30)}`, newEvents(1 + chance(6), chance(10) === 0 ? 'Forgotten' : 'Happened'), 'any');
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    const mischief = async () => {
      const index = chance(2);
      if (chance(3) === 0) {
        await instances[index]?.close();
        instances[index] = await startInstance(log);
      } else {
        const some = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND pid % 3 = $2';
        await pool.query(some, [`slipway-${schema}`, chance(3)]);
      }
      const before = await log.head();
      await until(async () => (await log.head()) > before + chance(100));
    };
    for (let round = 0; round < 15; round++) await mischief();
    done = true;
    await writing;
    const head = await log.head();
    expect(await Promise.all(instances.map(({ runner }) => runner.waitFor(head, WAIT_MS)))).toEqual([true, true]);
    const [first] = instances;
    if (first !== undefined) await expectRowsOf(log, first);
    await Promise.all(instances.map(({ close }) => close()));
  }, TEST_LIMIT_MS);

  it('know what the others have written, though their own log stands still', async () => {
    await using log = openMemoryEventLog();
    await using a = await startInstance(log);
    const deaf: EventLog = Object.assign(Object.create(log) as EventLog, { follow: () => log.follow({ after: 'end', filter: { types: [] } }) });
    await using b = await startInstance(deaf);
    await log.append('a-1', newEvents(3, 'Forgotten'), 'none');
    expect(await a.runner.waitFor(3, WAIT_MS)).toBe(true);
    expect(await b.runner.waitFor(3, WAIT_MS)).toBe(true);
  }, TEST_LIMIT_MS);

  it('get over an outage of the database by themselves, and say what is wrong meanwhile', async () => {
    await using log = openMemoryEventLog();
    await using a = await startInstance(log);
    await using b = await startInstance(log);
    await log.append('a-1', newEvents(10), 'none');
    expect(await a.runner.waitFor(10, WAIT_MS)).toBe(true);
    await server.kill();
    await log.append('a-1', newEvents(10), 'any');
    await until(() => [a, b].every(({ runner }) => runner.health().every(({ error }) => error !== null)));
    await server.start();
    expect(await Promise.all([a, b].map(({ runner }) => runner.waitFor(20, WAIT_MS)))).toEqual([true, true]);
    await until(() => [a, b].every(({ runner }) => runner.health().every(({ error }) => error === null)));
    const [table] = tablesOf();
    expect(table && (await a.dataSource.getRepository(table.entity).findBy({ key: 'all' }))).toMatchObject([{ row: { count: 20 } }]);
    await expectRowsOf(log, b);
  }, TEST_LIMIT_MS);

  it('ask on new connections when the old ones have gone silent', async () => {
    await using line = await openLine(server.port);
    const [table] = tablesOf();
    if (table === undefined) throw new Error('there is a table');
    const url = Object.assign(new URL(server.url), { port: line.port }).href;
    const { dataSource, close } = await openPostgresProjections({ url, schema, tables: tablesOf(), readTimeoutMs: READ_LIMIT_MS, readConnectionsMax: 2, connectTimeoutMs: CONNECT_LIMIT_MS });
    const ask = () => dataSource.getRepository(table.entity).findBy({ key: 'all' });
    const statuses = async () => (await Promise.allSettled([ask(), ask()])).map(({ status }) => status).join();
    const bothAnswered = async () => (await statuses()) === 'fulfilled,fulfilled'; // a machine that stands still may need another go
    await until(bothAnswered);
    line.silence();
    expect(await statuses()).toBe('rejected,rejected');
    await until(bothAnswered);
    line.cut();
    await close();
  }, TEST_LIMIT_MS);

  it('build a new version beside while the old one serves, and drop the old one when nobody serves it any more', async () => {
    await using log = openMemoryEventLog();
    await log.append('a-1', newEvents(700), 'none');
    const old = await startInstance(log);
    await old.runner.ready;
    const parsed: number[] = [];
    const next = { ...busy(2), parse: (recorded: Parameters<ReturnType<typeof busy>['parse']>[0]) => (parsed.push(recorded.position), recorded.type) };
    const instances = await Promise.all([1, 2].map(() => startInstance(log, 2, { projections: [next, rare()], inspectEveryMs: 20 })));
    await Promise.all(instances.map(({ runner }) => runner.ready));
    expect(parsed).toHaveLength(700); // by one of the two
    await log.append('a-1', newEvents(1), 'any');
    expect(await Promise.all([old, ...instances].map(({ runner }) => runner.waitFor(701, WAIT_MS)))).toEqual([true, true, true]);
    expect((await old.store.rows(busy(), 'live', ['all'])).get('all')).toMatchObject({ count: 701 });
    const oldTables = async () => (await pool.query(`SELECT FROM pg_tables WHERE schemaname = $1 AND tablename LIKE 'counter_v1%'`, [schema])).rowCount;
    expect(await oldTables()).toBe(2);
    await old.close();
    await until(async () => (await oldTables()) === 0);
    await Promise.all(instances.map(({ close }) => close()));
  }, TEST_LIMIT_MS);

  it('rebuild while others write on, and everybody goes on from there', async () => {
    await using log = openMemoryEventLog();
    await log.append('a-0', newEvents(300), 'none');
    await using a = await startInstance(log);
    await using b = await startInstance(log);
    await Promise.all([a.runner.ready, b.runner.ready]);
    let done = false;
    const writing = (async () => {
      while (!done) {
        await log.append('a-1', newEvents(2), 'any');
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    for (let round = 0; round < 3; round++) await Promise.all([a.runner.rebuild('counter'), b.runner.rebuild('counter')]);
    done = true;
    await writing;
    const head = await log.head();
    expect(await Promise.all([a.runner.waitFor(head, WAIT_MS), b.runner.waitFor(head, WAIT_MS)])).toEqual([true, true]);
    expect([...a.failures, ...b.failures]).toEqual([]);
    expect(await expectRowsOf(log, a)).toBe(head);
  }, TEST_LIMIT_MS);

  it('notice that the rows have become older than they were, and bring them up to date', async () => {
    await using log = openMemoryEventLog();
    await using a = await startInstance(log, 1, { inspectEveryMs: 20 });
    await log.append('a-1', newEvents(50), 'none');
    expect(await a.runner.waitFor(50, WAIT_MS)).toBe(true);
    await a.store.clear(busy(), 'live');
    await until(async () => (await a.store.checkpoint(busy(), 'live')) === 50);
    await expectRowsOf(log, a);
    expect(a.failures).toEqual([]);
  }, TEST_LIMIT_MS);
});

/** A way to the server whose present connections can fall silent, as when a machine between disappears. */
async function openLine(port: number) {
  const sockets = new Set<net.Socket>();
  const listener = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    port: String((listener.address() as net.AddressInfo).port),
    silence: () => sockets.forEach((socket) => socket.unpipe().pause()),
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
