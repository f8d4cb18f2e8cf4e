import fc from 'fast-check';
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { startProjectionRunner } from '@slipway/event-log';
import { sqliteReadModels, type ReadModels } from '@slipway/event-log/read-models';
import { openPostgresProjections } from '@slipway/event-log/postgres-projections';
import { locatePostgres, startPostgres, type LocalServer } from '@slipway/local-servers';
import { registryProjections, registryTables } from '../registry.service.js';
import { activated, DELETE, deployed, published, UPDATE } from '../testing/deployment-inputs.js';
import { tempFolder } from '../testing/model-root.js';
import { openRegistryLab, START_MS, type RegistryLab } from '../testing/registry-lab.js';
import type { RevisionFilter } from './listed-rows.js';
import { RegistryReads, type DeploymentQuery, type RevisionQuery } from './registry-reads.js';

const LIMIT_MS = 180_000;
const EVERYTHING = { filter: {}, orderBy: 'createdAtMs', direction: 'DESC', limit: 100, offset: 0 } as const satisfies DeploymentQuery;
const EVERY_REVISION = { filter: {}, orderBy: 'createdAtMs', direction: 'DESC', first: 100, after: null } as const satisfies RevisionQuery;

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
    for (const name of ['TWO %_', 'Größe🙂', "o'two\\", null]) await published(lab, first, { name });
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
    [{ filter: { statusIn: ['DESTROYED', 'ACTIVE'] }, orderBy: 'name', direction: 'ASC' }, ['alpha', 'b_ta', 'beta', 'gone']],
    [{ filter: { statusIn: [] } }, []],
    [{ filter: { NOT: [{ status: 'DESTROYED' }] } }, ['b_ta', 'beta', 'alpha']],
    [{ filter: { NOT: [{ status: 'ACTIVE' }] } }, []],
    [{ filter: { NOT: [{ status: 'ACTIVE' }, { name: 'x', status: 'DESTROYED' }] } }, ['gone']],
    [{ filter: { OR: [{ name: 'beta' }, { AND: [{ openToPublic: true }, { tag: 'newest' }] }] } }, ['beta', 'alpha']],
    [{ filter: { OR: [], AND: [], NOT: [] } }, ['b_ta', 'beta', 'alpha']],
    [{ filter: { nameMatches: { startsWith: 'b', notEndsWith: 'eta' } } }, ['b_ta']],
    [{ filter: { projectMatches: { in: ['vision', 'research'] }, domainMatches: { notEquals: 'default' } } }, ['beta']],
    [{ filter: { createdAt: { after: new Date(START_MS + 1000), before: new Date(START_MS + 3000) } } }, ['beta']],
    [{ filter: { createdAt: { equals: new Date(START_MS + 1000) } } }, ['alpha']],
    [{ filter: { createdAt: { notEquals: new Date(START_MS + 1000) } } }, ['b_ta', 'beta']],
    [{ filter: { updatedAt: { after: new Date(START_MS + 4000) } } }, ['alpha']],
  ])('lists deployments for %j (S1.39, S1.85, S1.87, S1.93)', async (given, expected) => {
    const found = await both((asked) => asked.deployments({ ...EVERYTHING, ...given }));
    expect(found.map(({ name }) => name)).toEqual(expected);
  });

  it.each<[Partial<RevisionQuery>, number]>([
    [{}, 10],
    [{ filter: { tag: 'lora' } }, 1],
    [{ filter: { tag: 'LoRA' } }, 1],
    [{ filter: { name: 'two' } }, 1],
    [{ filter: { status: 'ACTIVE', name: 'two' } }, 1],
    [{ filter: { status: 'INACTIVE', name: 'two' } }, 0],
    [{ filter: { NOT: [{ status: 'ACTIVE' }], name: 'two' } }, 0],
    [{ filter: { OR: [{ name: 'two' }, { tag: 'lora' }] } }, 2],
    [{ filter: { createdAt: { before: new Date(0) } } }, 0],
    [{ filter: { status: 'INACTIVE', tag: 'lora' }, orderBy: 'number', direction: 'ASC' }, 1],
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
        expect([seen.length, new Set(seen).size]).toEqual([10, 10]);
      }
  });

  it('finds by id, and nothing where there is nothing', async () => {
    expect(await both((asked) => asked.deployment(ids[0] ?? ''))).toMatchObject({ name: 'alpha' });
    expect(await both((asked) => asked.deployment('nothing'))).toBeNull();
    expect((await both((asked) => asked.deploymentsById([...ids, 'nothing']))).size).toBeGreaterThan(2);
    expect((await both((asked) => asked.deploymentsById([]))).size).toBe(0);
    expect(await both((asked) => asked.accessTokens(ids[0] ?? ''))).toEqual([]);
  });

  it('means by a text filter what it says, to the letter, in both', async () => {
    const all = await both((asked) => asked.revisions({ ...EVERY_REVISION, orderBy: 'number', direction: 'ASC' }));
    await fc.assert(
      fc.asyncProperty(filterTree(3), async (filter) => {
        const expected = all.filter(({ name }) => holds(filter, name)).map(({ revisionId }) => revisionId);
        const found = await both((asked) => asked.revisions({ ...EVERY_REVISION, orderBy: 'number', direction: 'ASC', filter }));
        expect(found.map(({ revisionId }) => revisionId)).toEqual(expected);
        expect(await both((asked) => asked.countRevisions(filter))).toBe(expected.length);
      }),
      { numRuns: 150 },
    );
  });
});

const OPERATORS: Readonly<Record<string, (text: string, value: string) => boolean>> = {
  equals: (text, value) => text === value,
  contains: (text, value) => text.includes(value),
  startsWith: (text, value) => text.startsWith(value),
  endsWith: (text, value) => text.endsWith(value),
};
const values = fc.constantFrom('', 'two', 'TWO', 'tw', 'o', '%', '_', 'größe', 'GRÖSSE', '🙂', 'W', 'first', '\\', "'", 'three');
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const textFilter = fc.tuple(fc.constantFrom('equals', 'contains', 'startsWith', 'endsWith', 'in'), fc.boolean(), fc.boolean(), values, fc.array(values, { maxLength: 3 })).map(
  ([operator, isFolded, isNegated, value, list]) => {
    const name = isNegated ? `not${capital(operator)}` : operator;
    return { [isFolded ? `i${capital(name)}` : name]: operator === 'in' ? list : value } as RevisionFilter['nameMatches'];
  },
);
const filterTree = (depth: number): fc.Arbitrary<RevisionFilter> => {
  const leaf = textFilter.map((nameMatches): RevisionFilter => ({ nameMatches: nameMatches ?? null }));
  if (depth === 0) return leaf;
  const inner = fc.array(filterTree(depth - 1), { minLength: 1, maxLength: 2 });
  return fc.oneof(leaf, inner.map((AND) => ({ AND })), inner.map((OR) => ({ OR })), inner.map((NOT) => ({ NOT })));
};

function holds({ nameMatches, AND, OR, NOT }: RevisionFilter, name: string | null): boolean {
  const own = Object.entries(nameMatches ?? {}).every(([key, value]: [string, unknown]) => {
    const [, fold, not, operator = ''] = /^(i(?=[A-Z]))?(not|Not)?(.+)$/.exec(key) ?? [];
    const lower = (text: string): string => (fold === undefined ? text : text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
    const simple = operator.charAt(0).toLowerCase() + operator.slice(1);
    const isTrue = (one: string): boolean => name !== null && (OPERATORS[simple] ?? OPERATORS['equals'])?.(lower(name), lower(one)) === true;
    return (Array.isArray(value) ? (value as string[]).some(isTrue) : isTrue(value as string)) === (not === undefined);
  });
  return own && (AND ?? []).every((one) => holds(one, name)) && (!OR?.length || OR.some((one) => holds(one, name))) && !(NOT ?? []).some((one) => holds(one, name));
}
