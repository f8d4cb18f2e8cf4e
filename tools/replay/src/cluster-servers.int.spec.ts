import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEventLogReaderAt, verifyEventLogAt } from '@slipway/event-log';
import { startEventStoreDouble } from '@slipway/event-log/eventstore-double';
import { locatePostgres, startPostgres, type LocalServer } from '@slipway/local-servers';
import pg from 'pg';
import { makeLargeLog } from './fixtures/history-samples.js';
import { replay, replayWith } from './fixtures/recorded-terminal.js';
import { DEPLOYMENT, SmallPlatform } from './fixtures/small-platform.js';
import { temporaryHome } from './fixtures/temporary-home.js';
import { hasPostgresLog } from './open-log.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const home = temporaryHome();
const dataDir = path.join(home.path, 'nothing-here');
const servers = locatePostgres();
const CLOSED_PORT = 9; // "discard": nobody listens there

afterAll(() => home.remove());

(servers === null ? describe.skip : describe)(`replay beside a cluster's PostgreSQL${servers === null ? ' (there is no postgres on this machine)' : ''}`, () => {
  let postgres: LocalServer;
  let admin: pg.Client;
  beforeAll(async () => {
    postgres = await startPostgres({ directory: path.join(home.path, 'postgres'), durable: false });
    admin = new pg.Client(postgres.url);
    await admin.connect();
    await using platform = await SmallPlatform.start(dataDir, postgres.url);
    await platform.deploy();
    await platform.buildReadModels(postgres.url);
  });
  afterAll(async () => {
    await admin.end();
    await postgres.stop();
  });
  const verify = () => replayWith({ dataDir, logUrl: postgres.url, databaseUrl: postgres.url }, ['verify']);

  it('verifies log and read models where the environment says they are', async () => {
    const { exitCode, answer, notes } = await verify();
    expect(answer).toMatch(/^projection deployments +1 row at position \d+ +ok$/m);
    expect(answer).toMatch(/^projection rollouts +1 row at position \d+ +ok$/m);
    expect(answer).toMatch(/^sound: /m);
    expect([exitCode, notes]).toEqual([0, '']);
  });

  it('verifies while the platform writes and its read models lag behind', async () => {
    await using platform = await SmallPlatform.start(dataDir, postgres.url);
    const writing = platform.rollOut('r2');
    const during = await verify();
    await writing;
    const after = await verify();
    expect([during, after].filter(({ answer }) => !answer.includes('sound: '))).toEqual([]);
  });

  it('names the first row, field or column that is not what the log says', async () => {
    const tableOf = async (schema: string, projection: string) =>
      (await admin.query<{ tableName: string }>(`SELECT "tableName" FROM ${schema}.projection_checkpoints WHERE projection = $1 AND "tableName" NOT LIKE '%beside'`, [projection])).rows[0]?.tableName ?? '';
    const [deployments, fleets] = [await tableOf('slipway_registry', 'deployments'), await tableOf('slipway_orchestrator', 'fleets')];
    await admin.query(`UPDATE slipway_registry."${deployments}" SET "openToPublic" = true`);
    await admin.query(`UPDATE slipway_orchestrator."${fleets}" SET row = jsonb_set(row::jsonb, '{desired}', '77')::text`);
    const { exitCode, answer } = await verify();
    expect(answer).toContain(`row ${DEPLOYMENT} differs from its row at column openToPublic: live true, rebuilt false`);
    expect(answer).toContain('differs at desired: live 77, rebuilt 2');
    expect(exitCode).toBe(1);
    await admin.query(`UPDATE slipway_registry."${deployments}" SET "openToPublic" = false`);
    await admin.query('DROP SCHEMA slipway_orchestrator CASCADE');
    const without = await verify();
    expect(without.answer).toMatch(/^read model slipway_orchestrator +nothing +no such schema yet$/m);
    expect(without.exitCode).toBe(0);
  });

  it('says in one line what is wrong with a log or a database, and changes nothing there', async () => {
    await admin.query('CREATE DATABASE bare');
    await admin.query(`CREATE ROLE guest LOGIN PASSWORD 'guest'`);
    const url = (change: (url: URL) => void) => {
      const changed = new URL(postgres.url);
      change(changed);
      return changed.href;
    };
    const bare = url((it) => (it.pathname = '/bare'));
    const guest = url((it) => Object.assign(it, { username: 'guest', password: 'guest' }));
    const cases: readonly (readonly [string, number, RegExp])[] = [
      [bare, 3, /there is no event log in postgres:\/\/127\.0\.0\.1:\d+\/bare: /],
      [url((it) => (it.pathname = '/absent')), 3, /database "absent" does not exist/],
      [url((it) => (it.password = 'wrong')), 3, /password authentication failed/],
      [guest, 3, /lacks USAGE|permission denied/],
      [`postgres://127.0.0.1:${CLOSED_PORT}/slipway`, 3, /cannot be reached/],
      ['postgres://', 2, /names no server/],
      ['mysql://127.0.0.1/x', 2, /begin with mysql/],
      ['memory:', 2, /in memory/],
      [`${postgres.url}?schema=No`, 2, /no schema/],
    ];
    for (const [log, code, text] of cases) {
      const { exitCode, notes } = await replay(dataDir, 'streams', '--log', log);
      expect([log, exitCode, notes]).toEqual([log, code, expect.stringMatching(text)]);
      expect(notes.split('\n')).toHaveLength(1);
    }
    expect(await hasPostgresLog(bare)).toBe(false);
    const database = await replay(dataDir, 'verify', '--log', postgres.url, '--database', `postgres://u:secret@127.0.0.1:${CLOSED_PORT}/x`);
    expect([database.exitCode, database.notes]).toEqual([3, expect.stringMatching(/^slipway-replay: the read models in postgres:\/\/127\.0\.0\.1:9\/x \(schema slipway_registry\) cannot be read: [^\n]+$/)]);
    expect(database.notes).not.toContain('secret');
  });

  it('a copy that was killed goes on when it is started again', async () => {
    const [source, target] = [path.join(home.path, 'large.sqlite'), `${postgres.url}?schema=copied`];
    await makeLargeLog(source, 40_000);
    const head = async () => Number((await admin.query<{ position: string }>('SELECT position FROM copied.head').catch(() => null))?.rows[0]?.position ?? 0);
    const copyAndKill = async (): Promise<number> => {
      await admin.query('DROP SCHEMA IF EXISTS copied CASCADE');
      const child = spawn(process.execPath, [MAIN, 'copy', '--from', `sqlite:${source}`, '--to', target], { stdio: 'ignore', env: { PATH: path.dirname(process.execPath) } });
      const ended = once(child, 'exit');
      while ((await head()) === 0 && child.exitCode === null) await new Promise((resolve) => setImmediate(resolve));
      child.kill('SIGKILL');
      await ended;
      return head();
    };
    let before = await copyAndKill();
    while (before === 40_000) before = await copyAndKill(); // it was done before it could be killed
    expect(before).toBeGreaterThan(0);
    const { exitCode, answer } = await replay(dataDir, 'copy', '--from', source, '--to', target);
    expect(answer).toMatch(/; [\d,]+ were there already\nthe same history: both heads at position 40,000/);
    expect(exitCode).toBe(0);
    expect(await verifyEventLogAt(target)).toEqual(await verifyEventLogAt(source));
  });
});

describe('replay beside EventStoreDB', () => {
  it('says in one line what is wrong with the server', async () => {
    await using secured = await startEventStoreDouble({ credentials: { username: 'admin', password: 'right' } });
    const web = http.createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
    await once(web, 'listening');
    const cases: readonly (readonly [string, number, RegExp])[] = [
      [`esdb://127.0.0.1:${CLOSED_PORT}?tls=false`, 3, /cannot be reached/],
      [secured.connectionString.replace('right', 'wrong'), 3, /access is denied/],
      [`esdb://127.0.0.1:${(web.address() as AddressInfo).port}?tls=false`, 3, /cannot be (used|reached)/],
      ['esdb://', 2, /names no server/],
    ];
    for (const [log, code, text] of cases) {
      const { exitCode, notes } = await replay(dataDir, 'verify', '--log', log);
      expect([log, exitCode, notes]).toEqual([log, code, expect.stringMatching(text)]);
      expect(notes.split('\n')).toHaveLength(1);
    }
    web.close();
  });

  it('a copy there that was killed goes on when it is started again', async () => {
    const source = path.join(home.path, 'many.sqlite');
    await makeLargeLog(source, 10_000);
    await using double = await startEventStoreDouble();
    const child = spawn(process.execPath, [MAIN, 'copy', '--from', source, '--to', double.connectionString], { stdio: 'ignore', env: { PATH: path.dirname(process.execPath) } });
    const ended = once(child, 'exit');
    const beside = await openEventLogReaderAt(double.connectionString);
    while ('notFound' in (await beside.readStream('counter-1')) && child.exitCode === null) await new Promise((resolve) => setImmediate(resolve));
    await beside[Symbol.asyncDispose]();
    child.kill('SIGKILL');
    await ended;
    const { exitCode, answer } = await replay(dataDir, 'copy', '--from', source, '--to', double.connectionString);
    expect(answer).toContain('the same history: 10,000 events compared one by one');
    expect(answer).toMatch(/^copied (?!10,000)[\d,]+ events/);
    expect(exitCode).toBe(0);
    expect(fs.existsSync(source)).toBe(true);
  });
});
