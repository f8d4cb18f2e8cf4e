import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { sqliteReadModels, startProjectionRunner, type ReadModels } from '@slipway/event-log';
import { openPostgresProjections } from '@slipway/event-log/postgres-projections';
import { locatePostgres, startPostgres, type LocalServer } from '@slipway/local-servers';
import { registryProjections, registryTables } from '../registry.service.js';
import { activated, DELETE, deployed, published, UPDATE } from '../testing/deployment-inputs.js';
import { tempFolder } from '../testing/model-root.js';
import { openRegistryLab, type RegistryLab } from '../testing/registry-lab.js';
import { RegistryReads, type DeploymentQuery, type RevisionQuery } from './registry-reads.js';

const LIMIT_MS = 60_000;
const EVERYTHING = { filter: {}, orderBy: 'createdAtMs', direction: 'DESC', limit: 100, offset: 0 } as const satisfies DeploymentQuery;
const EVERY_REVISION = { orderBy: 'createdAtMs', direction: 'DESC', first: 100, after: null } as const satisfies RevisionQuery;

(locatePostgres() === null ? describe.skip : describe)('the registry asks the same of SQLite and of a real PostgreSQL (skipped where there is none)', () => {
  const folder = tempFolder();
  const ids: string[] = [];
  let lab: RegistryLab;
  let server: LocalServer | undefined;
  let places: readonly ReadModels[] = [];
  let reads: readonly RegistryReads[] = [];

  beforeAll(async () => {
    lab = await openRegistryLab();
    for (const changes of [
      { name: 'alpha', tags: ['llm', '100%'], openToPublic: true },
      { name: 'beta', tags: ['LLM', 'llm-large'], domain: 'other' },
      { name: 'b_ta', project: 'vision', tags: ['x_y', 'quote"d', 'größe'] },
      { name: 'gone' },
    ]) {
      lab.clock.advance(1000);
      ids.push(await deployed(lab, changes));
    }
    const [first = '', , , gone] = ids;
    lab.clock.advance(1000);
    const second = await published(lab, first, { name: 'two', tags: ['v2', 'LoRA'] });
    await published(lab, first, { name: 'three', tags: ['lora'] });
    await activated(lab, first, second);
    await lab.ask(UPDATE, { input: { id: first, tags: ['llm', 'newest'] } });
    await lab.ask(DELETE, { id: gone });
    await lab.settled(first);
    chmodSync(folder.path, 0o755); // PostgreSQL does not run as root
    server = await startPostgres({ directory: path.join(folder.path, 'postgres'), durable: false });
    mkdirSync(path.join(folder.path, 'rows'));
    places = [
      await sqliteReadModels(path.join(folder.path, 'rows', 'registry.sqlite'))(registryTables),
      await openPostgresProjections({ url: server.url, schema: 'registry', tables: registryTables }),
    ];
    for (const { store } of places) {
      await using runner = startProjectionRunner({ log: lab.log, store, projections: registryProjections });
      await runner.ready;
    }
    reads = places.map(({ dataSource }) => new RegistryReads(dataSource, lab.log));
  }, LIMIT_MS);
  afterAll(async () => {
    await Promise.all(places.map((place) => place.close()));
    await server?.stop();
    await lab[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** The answer of both; throws when they differ. */
  async function both<T>(ask: (reads: RegistryReads) => Promise<T>): Promise<T> {
    const [sqlite, postgres] = await Promise.all(reads.map(ask));
    expect(postgres).toEqual(sqlite);
    return sqlite as T;
  }

  it('keeps equal rows', async () => {
    const [sqlite, postgres] = await Promise.all(places.map(({ store }) => Promise.all(registryProjections.map((projection) => store.digest(projection, 'live')))));
    expect(postgres).toEqual(sqlite);
    expect(sqlite?.map(({ rows }) => rows > 0)).toEqual([true, true, false]);
  });

  it.each<[Partial<DeploymentQuery>, readonly string[]]>([
    [{}, ['b_ta', 'beta', 'alpha']],
    [{ orderBy: 'name', direction: 'ASC' }, ['alpha', 'b_ta', 'beta']],
    [{ orderBy: 'updatedAtMs' }, ['alpha', 'b_ta', 'beta']],
    [{ orderBy: 'name', direction: 'DESC', limit: 1, offset: 1 }, ['b_ta']],
    [{ filter: { status: 'DESTROYED' } }, ['gone']],
    [{ filter: { openToPublic: true } }, ['alpha']],
    [{ filter: { name: 'beta' } }, ['beta']],
    [{ filter: { name: 'Beta' } }, []],
    [{ filter: { nameContains: 'BET' } }, ['beta']],
    [{ filter: { nameContains: 'b_t' } }, ['b_ta']],
    [{ filter: { nameContains: '%' } }, []],
    [{ filter: { domain: 'other' } }, ['beta']],
    [{ filter: { project: 'vision' } }, ['b_ta']],
    [{ filter: { tag: 'llm' } }, ['alpha']],
    [{ filter: { tag: 'LLM' } }, ['beta']],
    [{ filter: { tag: 'x_y' } }, ['b_ta']],
    [{ filter: { tag: 'größe' } }, ['b_ta']],
    [{ filter: { tag: 'quote"d' } }, ['b_ta']],
    [{ filter: { tag: 'quote' } }, []],
  ])('lists deployments for %j (S1.39, S1.85, S1.87, S1.93)', async (given, expected) => {
    const found = await both((asked) => asked.deployments({ ...EVERYTHING, ...given }));
    expect(found.map(({ name }) => name)).toEqual(expected);
  });

  it.each<[Partial<RevisionQuery>, number]>([
    [{}, 6],
    [{ tag: 'lora' }, 1],
    [{ tag: 'LoRA' }, 1],
    [{ name: 'two' }, 1],
    [{ status: 'ACTIVE', name: 'two' }, 1],
    [{ status: 'INACTIVE', name: 'two' }, 0],
    [{ status: 'INACTIVE', tag: 'lora', orderBy: 'number', direction: 'ASC' }, 1],
    [{ orderBy: 'number', direction: 'ASC', first: 2 }, 2],
  ])('lists revisions for %j (S1.51)', async (given, count) => {
    expect(await both((asked) => asked.revisions({ ...EVERY_REVISION, ...given }))).toHaveLength(count);
  });

  it('walks the pages of revisions alike', async () => {
    for (const orderBy of ['createdAtMs', 'number'] as const)
      for (const direction of ['ASC', 'DESC'] as const) {
        const seen: string[] = [];
        for (let after: string | null = null; ; after = seen.at(-1) ?? null) {
          const page = await both((asked) => asked.revisions({ ...EVERY_REVISION, orderBy, direction, first: 2, after }));
          if (page.length === 0) break;
          seen.push(...page.map(({ revisionId }) => revisionId));
        }
        expect([seen.length, new Set(seen).size]).toEqual([6, 6]);
      }
  });

  it('finds by id, and nothing where there is nothing', async () => {
    expect(await both((asked) => asked.deployment(ids[0] ?? ''))).toMatchObject({ name: 'alpha' });
    expect(await both((asked) => asked.deployment('nothing'))).toBeNull();
    expect((await both((asked) => asked.deploymentsById([...ids, 'nothing']))).size).toBeGreaterThan(2);
    expect((await both((asked) => asked.deploymentsById([]))).size).toBe(0);
    expect(await both((asked) => asked.accessTokens(ids[0] ?? ''))).toEqual([]);
  });
});
