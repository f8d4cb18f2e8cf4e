import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { postgresLogSchemaSql } from '@slipway/event-log/postgres';
import { freePort, startNatsServer, startPostgres, type LocalServer } from '@slipway/local-servers';
import { ADMIN_TOKEN, LoneService, MASTER_KEY, SERVICES, settingsFor, type ServiceName } from './lone-service.js';
import { shapeName } from './platform-shape.js';
import { changedUrl, runSql, startNatsOfVersion, startNatsWithoutJetStream, startStranger } from './wrong-servers.js';

/** They keep the log; the gateway knows no server but the other services. */
const WITH_LOG: readonly ServiceName[] = ['registry', 'orchestrator', 'metrics', 'autoscaler', 'relay', 'proxy'];

(shapeName() === 'cluster-postgres' ? describe : describe.skip)('what is wrong is said in one line (where there is a cluster on PostgreSQL)', () => {
  let directory: string;
  let postgres: LocalServer;
  let nats: LocalServer;
  let right: Readonly<Record<string, string>>;

  beforeAll(async () => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'slipway-wrong-'));
    chmodSync(directory, 0o711);
    [postgres, nats] = await Promise.all([startPostgres({ directory: path.join(directory, 'postgres') }), startNatsServer({ directory: path.join(directory, 'nats') })]);
    right = settingsFor(postgres, nats, directory);
  });
  afterAll(async () => {
    await Promise.all([postgres.stop(), nats.stop()]);
    rmSync(directory, { recursive: true, force: true });
  });

  const database = (url: string): Record<string, string> => ({ SLIPWAY_LOG_URL: url, SLIPWAY_DATABASE_URL: url });
  /** Starts these services, each a process, and ends them. */
  const withServices = async (names: readonly ServiceName[], wrong: Readonly<Record<string, string>>, look: (services: readonly LoneService[]) => Promise<void>): Promise<void> => {
    await using opened = new AsyncDisposableStack();
    await look(names.map((name) => opened.use(new LoneService(name, { ...right, ...wrong }))));
  };
  const each = (services: readonly LoneService[], look: (service: LoneService) => Promise<void>): Promise<unknown> => Promise.all(services.map(look));
  /** Alive, not ready and with the reason, after this one line. */
  const isHeldUp = async (service: LoneService, words: RegExp): Promise<void> => {
    await service.says(words);
    expect(await service.livez()).toBe(200);
    const { checks } = await service.isUnready();
    expect(Object.values(checks).filter(({ ready, detail = '' }) => !ready && words.test(detail))).toHaveLength(1);
    expect({ service: service.name, complaints: service.complaints, stderr: service.stderr }).toEqual({ service: service.name, complaints: [expect.stringMatching(words)], stderr: '' });
  };

  describe('the command line of each service', () => {
    it.each(SERVICES)('%s tells its settings for --help, and prints them without its secrets', async (name) => {
      const help = LoneService.run(name, ['--help']);
      expect({ status: help.status, stderr: help.stderr }).toEqual({ status: 0, stderr: '' });
      expect(help.stdout).toMatch(new RegExp(`^slipway ${name}: `));
      const secrets = ['a-password-of-postgres', 'a-password-of-nats', MASTER_KEY, ADMIN_TOKEN, 'the-token-of-the-services'];
      const url = `postgres://slipway:${secrets[0]}@db:5432/slipway`;
      const printed = LoneService.run(name, ['--print-config'], { ...right, ...database(url), SLIPWAY_NATS_URL: `nats://user:${secrets[1]}@bus:4222`, SLIPWAY_INTERNAL_TOKEN: secrets[4] ?? '' });
      expect({ status: printed.status, stderr: printed.stderr }).toEqual({ status: 0, stderr: '' });
      expect(printed.stdout).toContain('••••');
      for (const secret of secrets) expect(printed.stdout).not.toContain(secret);
    });

    it.each(SERVICES)('%s refuses settings that do not fit with exit 78 and one line for each', (name) => {
      const wrong = { SLIPWAY_LOG_LEVEL: 'loud', SLIPWAY_HEALTH_PORT: 'eighty', SLIPWAY_MASTER_KEY: 'hunter2', SLIPWAY_LOG_URL: 'mysql://db', SLIPWAY_NATS_URL: 'bus' };
      const { status, stdout, stderr } = LoneService.run(name, [], { ...right, ...wrong });
      expect({ status, stdout }).toEqual({ status: 78, stdout: '' });
      const lines = stderr.trimEnd().split('\n');
      expect(lines.length).toBeGreaterThanOrEqual(3);
      for (const line of lines) expect(line).toMatch(new RegExp(`^${name}: SLIPWAY_[A-Z_]+ (is|has) .*; it must be `));
      for (const about of ['SLIPWAY_LOG_LEVEL', 'SLIPWAY_HEALTH_PORT']) expect(lines.filter((line) => line.includes(about))).toHaveLength(1);
      expect(stderr).not.toContain('hunter2');
    });
  });

  describe('PostgreSQL', () => {
    it('that is not there yet is waited for', async () => {
      await postgres.stop();
      await withServices(WITH_LOG, {}, async (services) => {
        await each(services, (service) => isHeldUp(service, /cannot be reached.*connect ECONNREFUSED 127\.0\.0\.1:\d+/));
        await postgres.start();
        await each(services, (service) => service.isReady());
        await each(services, async (service) => expect(service.complaints.filter((line) => line.includes('ECONNREFUSED'))).toHaveLength(1));
      });
    });

    it('that goes away is missed by who cannot work without it, each cause said once, and found again', async () => {
      await withServices(WITH_LOG, {}, async (services) => {
        await each(services, (service) => service.isReady());
        await postgres.kill();
        await each(services.slice(0, 2), async (service) => {
          const { checks } = await service.isUnready();
          expect(checks['log']).toMatchObject({ ready: false, detail: expect.stringContaining('ECONNREFUSED') as string });
        });
        await each(services, (service) => service.says(/ECONNREFUSED/).then(() => undefined));
        const proxy = services.find(({ name }) => name === 'proxy');
        expect((await proxy?.readyz())?.status).toBe(200); // it serves by what it knows
        await postgres.start();
        await each(services, (service) => service.isReady());
        await each(services, async (service) => {
          expect(service.complaints).toEqual([...new Set(service.complaints)]);
          expect(service.lines.filter(({ err }) => err !== undefined)).toEqual([]);
          expect(await service.stop()).toBe(0);
        });
      });
    });

    it('with another password is refused until the password is the right one', async () => {
      await runSql(postgres.url, `CREATE ROLE latecomer LOGIN SUPERUSER PASSWORD 'old'`);
      await withServices(WITH_LOG, database(changedUrl(postgres.url, { username: 'latecomer', password: 'new' })), async (services) => {
        await each(services, (service) => isHeldUp(service, /password authentication failed for user "latecomer"/));
        await runSql(postgres.url, `ALTER ROLE latecomer PASSWORD 'new'`);
        await each(services, (service) => service.isReady());
      });
    });

    it('without the database is refused until it is made', async () => {
      await withServices(['registry', 'relay', 'proxy'], database(changedUrl(postgres.url, { pathname: '/later' })), async (services) => {
        await each(services, (service) => isHeldUp(service, /database "later" does not exist\. Create the database/));
        await runSql(postgres.url, 'CREATE DATABASE later');
        await each(services, (service) => service.isReady());
      });
    });

    it('with a role without rights: the line names the SQL, and it works once an administrator has run it', async () => {
      await runSql(postgres.url, 'CREATE DATABASE strict', `CREATE ROLE humble LOGIN PASSWORD 'humble'`);
      const strict = changedUrl(postgres.url, { pathname: '/strict' });
      await withServices(['registry', 'relay', 'proxy'], database(changedUrl(strict, { username: 'humble', password: 'humble' })), async (services) => {
        await each(services, (service) => isHeldUp(service, /permission denied for database strict.*postgresLogSchemaSql\(\) with a role/));
        await runSql(strict, postgresLogSchemaSql('slipway_log', 'humble'), 'GRANT CREATE ON DATABASE strict TO humble');
        await each(services, (service) => service.isReady());
      });
    });

    it('that is something else, of another protocol or silent, is said to be unreachable', async () => {
      await using web = await startStranger({ answer: 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n' });
      await using silent = await startStranger({});
      for (const [port, words] of [[web.port, /cannot be reached/], [silent.port, /cannot be reached.*timeout/], [nats.port, /cannot be reached/]] as const)
        await withServices(['registry', 'relay'], database(changedUrl(postgres.url, { port: String(port) })), async (services) => {
          await each(services, (service) => isHeldUp(service, words));
        });
    });
  });

  describe('EventStoreDB', () => {
    it('that is not there, or is another server, is said to be so', async () => {
      const unused = await freePort();
      for (const [port, words] of [[unused, /esdb:\/\/127\.0\.0\.1:\d+ cannot be reached.*ECONNREFUSED/], [postgres.port, /esdb:.* cannot be/], [nats.port, /esdb:.* cannot be used.*Name an EventStoreDB server/]] as const)
        await withServices(['relay', 'proxy'], { SLIPWAY_LOG_URL: `esdb://127.0.0.1:${port}?tls=false` }, async (services) => {
          await each(services, (service) => isHeldUp(service, words));
        });
    });
  });

  describe('NATS', () => {
    /** Slower without the bus, the services work; only the relay has nothing to do. */
    const isMissed = async (service: LoneService, words: RegExp): Promise<void> => {
      await service.says(words);
      if (service.name === 'relay') await service.isUnready();
      else await service.isReady();
      expect(await service.livez()).toBe(200);
      expect((await service.readyz()).report.checks['bus']?.detail).toMatch(words);
      expect({ service: service.name, complaints: service.complaints, stderr: service.stderr }).toEqual({ service: service.name, complaints: [expect.stringMatching(words)], stderr: '' });
    };

    it('that is not there yet is missed and found', async () => {
      await nats.stop();
      await withServices(WITH_LOG, {}, async (services) => {
        await each(services, (service) => isMissed(service, /not connected: NATS does not answer: connection refused/));
        await nats.start();
        await each(services, (service) => service.says(/the bus is connected/).then(() => service.isReady()));
        await each(services, async (service) => {
          expect(await service.stop()).toBe(0);
          expect(service.complaints).toHaveLength(1);
        });
      });
    });

    it('of an old version, without JetStream, or something else, is told as what it is', async () => {
      await using old = await startNatsOfVersion('2.2.0');
      await using bare = await startNatsWithoutJetStream();
      for (const [port, words] of [[old.port, /this NATS server has version 2\.2\.0; 2\.9 is the oldest that works/], [bare.port, /JetStream is not enabled on this NATS server/], [postgres.port, /NATS does not answer: timeout/]] as const)
        await withServices(['registry', 'relay', 'proxy'], { SLIPWAY_NATS_URL: `nats://127.0.0.1:${port}` }, async (services) => {
          await each(services, (service) => isMissed(service, words));
        });
    });
  });

  describe('the gateway', () => {
    it('without services says so in one line for each and one for the graph, and takes them when they are there', async () => {
      const port = String(await freePort());
      await withServices(['gateway'], { SLIPWAY_SUBGRAPHS: `registry=http://127.0.0.1:${port}/graphql` }, async ([gateway]) => {
        if (gateway === undefined) throw new Error('nothing was started');
        await gateway.says(/graph degraded: service registry does not answer/);
        expect(await gateway.livez()).toBe(200);
        expect(JSON.stringify(await gateway.isUnready())).toContain('service registry does not answer');
        await withServices(['registry'], { SLIPWAY_PORT: port }, () => gateway.isReady());
        expect({ complaints: gateway.complaints.slice(0, 2), stderr: gateway.stderr }).toEqual({ complaints: ['endpoint does not answer', 'graph degraded: service registry does not answer'], stderr: '' });
        expect(gateway.complaints.length).toBeLessThanOrEqual(3); // while the registry comes up, it may answer that it is not ready
      });
    });
  });
});
