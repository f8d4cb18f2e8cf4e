import { locatePostgres, startTemporaryPostgres, type LocalServer } from '@slipway/local-servers';
import { Client, Pool } from 'pg';
import { leasesConformance } from './leases.conformance.js';
import { LEASE_RENEW_EVERY_MS, postgresLeases } from './postgres-leases.js';
import { startHolder } from './testing/holder-process.js';
import { whileLeading } from './while-leading.js';

const TEST_LIMIT_MS = 180_000;
/** Nothing else runs as long as this, so what is waited for has not come by anybody's timeout. */
const NEVER_MS = 3_600_000;
/** A machine may stand still for some seconds without anybody's losing a lease. */
const PATIENT_TTL_MS = 6_000;
/** Where neither time is what is proven: no lease is lost, and no answer unheard, on however slow a machine. */
const PATIENT = { ttlMs: NEVER_MS, statementTimeoutMs: NEVER_MS };

(locatePostgres() === null ? describe.skip : describe)('leases in a real PostgreSQL (skipped where there is none)', () => {
  let server: LocalServer;
  let pool: Pool;
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

  const newSchema = () => `leases_${++schemas}`;

  leasesConformance('leases in PostgreSQL', async () => {
    const schema = newSchema();
    return { open: () => postgresLeases({ url: server.url, schema, ...PATIENT }), [Symbol.asyncDispose]: async () => undefined };
  });

  it('hands over at once when a lease is given up, without waiting for the next try', async () => {
    const schema = newSchema();
    await using a = postgresLeases({ url: server.url, schema, ...PATIENT });
    await using b = postgresLeases({ url: `${server.url}?application_name=waiting`, schema, ...PATIENT, tryEveryMs: NEVER_MS });
    const lease = await a.hold('fleet', { signal: new AbortController().signal });
    const waiting = b.hold('fleet', { signal: new AbortController().signal });
    // idle: from then on it is told, not only about to be
    const listening = `SELECT FROM pg_stat_activity WHERE application_name = 'waiting' AND query LIKE 'LISTEN slipway_leases%' AND state = 'idle'`;
    await until(async () => (await pool.query(listening)).rowCount === 1);
    await lease?.release();
    expect(await waiting).toMatchObject({ epoch: 2 });
  });

  it('goes on through a restart of the server, and tells what was wrong once', async () => {
    const schema = newSchema();
    const errors: unknown[] = [];
    await using leases = postgresLeases({ url: server.url, schema, ttlMs: PATIENT_TTL_MS, statementTimeoutMs: PATIENT_TTL_MS });
    const epochs: number[] = [];
    const start = async ({ epoch }: { readonly epoch: number }) => (epochs.push(epoch), { [Symbol.asyncDispose]: async () => undefined });
    await using leadership = whileLeading(leases, 'fleet', start, { onError: (error) => void errors.push(error) });
    await leadership.started;
    await server.kill();
    const [before, reigns] = [errors.length, epochs.length];
    await until(() => !leadership.leading);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length - before).toBeLessThanOrEqual(2); // in renewing, and in competing
    await server.start();
    await until(() => leadership.leading);
    expect(epochs).toHaveLength(reigns + 1);
    expect(epochs).toEqual([...new Set(epochs)].sort((a, b) => a - b));
  }, TEST_LIMIT_MS);

  it('keeps the lease when its connections are cut', async () => {
    const schema = newSchema();
    // it is renewed as often as ever, but not lost to a machine that stands still for some seconds
    await using leases = postgresLeases({ url: server.url, schema, ...PATIENT });
    const lease = await leases.hold('fleet', { signal: new AbortController().signal });
    const expiry = async () => (await pool.query<{ at: Date }>(`SELECT expires_at AS at FROM ${schema}.leases`)).rows[0]?.at ?? new Date(0);
    for (let round = 0; round < 3; round++) {
      await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'slipway-leases'`);
      const before = await expiry();
      await until(async () => (await expiry()) > before);
    }
    expect(lease?.held).toBe(true);
  }, TEST_LIMIT_MS);

  it('is not held any more when the database cannot be asked in time, before another could have it', async () => {
    const schema = newSchema();
    // the margin is nearly all of its time, so that even a test that is held up for long asks before it has expired
    await using leases = postgresLeases({ url: server.url, schema, ttlMs: NEVER_MS, marginMs: NEVER_MS - 2 * LEASE_RENEW_EVERY_MS });
    const lease = await leases.hold('fleet', { signal: new AbortController().signal });
    const blocker = new Client({ connectionString: server.url });
    await blocker.connect();
    await blocker.query(`BEGIN; LOCK TABLE ${schema}.leases IN ACCESS EXCLUSIVE MODE`);
    await until(() => lease?.signal.aborted === true); // by itself, and nobody asks for it
    const { rows } = await blocker.query<{ left: number }>(`SELECT extract(epoch FROM expires_at - clock_timestamp()) * 1000 AS left FROM ${schema}.leases`);
    expect(Number(rows[0]?.left)).toBeGreaterThan(0);
    expect(lease).toMatchObject({ held: false, signal: { reason: { code: 'LEASE_LOST' } } });
    await blocker.end();
  }, TEST_LIMIT_MS);

  describe('held by processes whose own clocks are wrong', () => {
    beforeEach(() => pool.query('DROP SCHEMA IF EXISTS slipway_leases CASCADE; DROP TABLE IF EXISTS acts; CREATE TABLE acts (holder text, epoch int, at timestamptz)'));

    /** The times of acting under each epoch, by the database's clock. */
    const reigns = async () =>
      (await pool.query<{ epoch: number; holders: number; first: Date; last: Date }>(
        'SELECT epoch, count(DISTINCT holder)::int AS holders, min(at) AS first, max(at) AS last FROM acts GROUP BY epoch ORDER BY epoch')).rows;

    /** Else it might be ended before it had done anything that could be seen. */
    const acted = async (reign: number): Promise<number> => {
      await until(async () => (await reigns()).some(({ epoch }) => epoch === reign));
      return reign;
    };

    it('never has two acting at once, through kill -9, standstill and orderly stops, and is taken over each time', async () => {
      await using first = startHolder(server.url, 'a', PATIENT_TTL_MS);
      const one = await acted(await first.leads(0));
      await using second = startHolder(server.url, 'b', PATIENT_TTL_MS);
      await second.printed('competes');
      await first[Symbol.asyncDispose]();
      const two = await acted(await second.leads(one));

      await using third = startHolder(server.url, 'c', PATIENT_TTL_MS);
      await third.printed('competes');
      second.signal('SIGSTOP');
      const three = await acted(await third.leads(two));
      second.signal('SIGCONT');
      await second.printed(`ends ${two}`);

      third.signal('SIGTERM');
      await third.ended;
      const four = await acted(await second.leads(three));

      // there may be more, on a machine that stands still for longer than a lease lasts
      const found = await reigns();
      expect(found.map(({ epoch }) => epoch)).toEqual(expect.arrayContaining([one, two, three, four]));
      expect(found.map(({ holders }) => holders)).toEqual(found.map(() => 1));
      found.slice(1).forEach(({ first: begun }, index) => expect(begun.getTime()).toBeGreaterThan(found[index]?.last.getTime() ?? Infinity));
    }, TEST_LIMIT_MS);
  });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
