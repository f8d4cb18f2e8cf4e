import { activated, DELETE, deployed, published, UPDATE } from '../testing/deployment-inputs.js';
import { openRegistryLab, type RegistryLab } from '../testing/registry-lab.js';
import { until } from '../testing/until.js';

let lab: RegistryLab;
const ids: Record<string, string> = {};

beforeAll(async () => {
  lab = await openRegistryLab();
  const wanted = [
    { name: 'alpha', tags: ['llm', '100%'], openToPublic: true },
    { name: 'beta', tags: ['llm-large'], domain: 'other' },
    { name: 'gamma', project: 'vision', tags: ['x_y'] },
    { name: 'a_pha', tags: ['quote"d'] },
    { name: 'delta' },
  ];
  for (const changes of wanted) {
    lab.clock.advance(1000);
    ids[changes.name] = await deployed(lab, changes);
  }
  lab.clock.advance(1000);
  await lab.ask(UPDATE, { input: { id: ids['alpha'], tags: ['llm', '100%', 'newest'] } });
  await lab.ask(DELETE, { id: ids['delta'] });
  await until('delta is destroyed', async () => (await names('filter: { status: DESTROYED }')).length === 1);
});
afterAll(() => lab[Symbol.asyncDispose]());

const names = async (given: string): Promise<string[]> =>
  (await lab.ask(`{ deployments${given === '' ? '' : `(${given})`} { name } }`)).deployments.map(({ name }: { name: string }) => name);

describe('the list of deployments', () => {
  it('has the newest first, and no destroyed ones (S1.39)', async () => {
    expect(await names('')).toEqual(['a_pha', 'gamma', 'beta', 'alpha']);
  });

  it.each([
    ['filter: { status: ACTIVE, openToPublic: true }, orderBy: { field: CREATED_AT, direction: DESC }, limit: 20, offset: 0', ['alpha']],
    ['filter: { status: DESTROYED }', ['delta']],
    ['filter: { status: PROVISIONING }', []],
    ['filter: { openToPublic: false }', ['a_pha', 'gamma', 'beta']],
    ['filter: { name: "alpha" }', ['alpha']],
    ['filter: { nameContains: "a_p" }', ['a_pha']],
    ['filter: { nameContains: "%" }', []],
    ['filter: { nameContains: "ph" }', ['a_pha', 'alpha']],
    ['filter: { domain: "other" }', ['beta']],
    ['filter: { project: "vision" }', ['gamma']],
    ['filter: { tag: "llm" }', ['alpha']],
    ['filter: { tag: "100%" }', ['alpha']],
    ['filter: { tag: "x_y" }', ['gamma']],
    ['filter: { tag: "xzy" }', []],
    ['filter: { tag: "quote\\"d" }', ['a_pha']],
    ['filter: { tag: "llm", openToPublic: false }', []],
    ['filter: null', ['a_pha', 'gamma', 'beta', 'alpha']],
    ['filter: { name: null, status: null }', ['a_pha', 'gamma', 'beta', 'alpha']],
  ])('is filtered by %s (S1.39, S1.93)', async (given, expected) => {
    expect(await names(given)).toEqual(expected);
  });

  it.each([
    ['orderBy: { field: CREATED_AT, direction: ASC }', ['alpha', 'beta', 'gamma', 'a_pha']],
    ['order: { field: CREATED_AT, direction: ASC }', ['alpha', 'beta', 'gamma', 'a_pha']],
    ['orderBy: { field: UPDATED_AT, direction: DESC }, limit: 1', ['alpha']],
    ['orderBy: { field: NAME, direction: ASC }', ['a_pha', 'alpha', 'beta', 'gamma']],
    ['orderBy: { field: NAME, direction: DESC }, order: { field: NAME, direction: ASC }', ['gamma', 'beta', 'alpha', 'a_pha']],
  ])('is ordered by %s (S1.85, S1.86, S1.87, X7)', async (given, expected) => {
    expect(await names(given)).toEqual(expected);
  });

  it.each([
    ['limit: 2', ['a_pha', 'gamma']],
    ['limit: 2, offset: 2', ['beta', 'alpha']],
    ['limit: 2, offset: 3', ['alpha']],
    ['offset: 100', []],
    ['limit: 0', []],
  ])('is paged by %s (S1.39)', async (given, expected) => {
    expect(await names(given)).toEqual(expected);
  });

  it.each([['limit: -1', 'limit'], ['limit: 1000000', 'limit'], ['offset: -1', 'offset']])('refuses %s', async (given, field) => {
    const { code, problems } = await lab.refused(`{ deployments(${given}) { name } }`);
    expect({ code, field: problems[0]?.field }).toEqual({ code: 'INVALID_INPUT', field });
  });
});

describe('the list of revisions', () => {
  let id: string;
  let revisions: string[];
  beforeAll(async () => {
    id = await deployed(lab, { name: 'many' });
    revisions = [(await lab.ask('query ($id: ID!) { deployment(id: $id) { revision { id } } }', { id })).deployment.revision.id];
    for (const [name, tags] of [['two', ['v2', 'lora']], ['three', ['v3']], ['four', ['lora']]] as const) {
      lab.clock.advance(1000);
      revisions.push(await published(lab, id, { name, tags }));
    }
    await activated(lab, id, revisions[1] ?? '');
  });

  const numbers = async (given: string): Promise<number[]> =>
    (await lab.ask(`{ revisions(${given}) { revisionNumber } }`)).revisions.map((revision: { revisionNumber: number }) => revision.revisionNumber);

  it('has the newest first (S1.51)', async () => {
    expect(await numbers(`filter: { deploymentId: "${id}" }`)).toEqual([4, 3, 2, 1]);
  });

  it.each([
    ['tag: "lora"', [4, 2]],
    ['name: "three"', [3]],
    ['status: ACTIVE', [2]],
    ['status: INACTIVE', [4, 3, 1]],
    ['tag: "v2", status: INACTIVE', []],
  ])('is filtered by %s (S1.51)', async (filter, expected) => {
    expect(await numbers(`filter: { deploymentId: "${id}", ${filter} }`)).toEqual(expected);
  });

  it('spans all deployments unless one is named', async () => {
    const { revisions: active } = await lab.ask('{ revisions(filter: { status: ACTIVE }, first: 1000) { deploymentId } }');
    expect(active.length).toBeGreaterThan(1);
    expect(await numbers('filter: { deploymentId: "nothing" }')).toEqual([]);
  });

  it.each(['CREATED_AT', 'REVISION_NUMBER'])('is walked in pages by %s without a gap or a repeat, while more are published', async (field) => {
    for (const direction of ['ASC', 'DESC']) {
      const seen: string[] = [];
      for (let after: string | null = null, page = 0; page < 20; page++) {
        const given = `filter: { deploymentId: "${id}" }, order: { field: ${field}, direction: ${direction} }, first: 2${after === null ? '' : `, after: "${after}"`}`;
        const found = (await lab.ask(`{ revisions(${given}) { id } }`)).revisions as { id: string }[];
        if (found.length === 0) break;
        seen.push(...found.map((revision) => revision.id));
        after = seen.at(-1) ?? null;
        if (page === 0) await published(lab, id, { name: 'meanwhile' });
      }
      expect(new Set(seen).size).toBe(seen.length);
      const known = revisions.filter((revision) => seen.includes(revision));
      expect(known).toEqual(revisions);
    }
  });

  it('refuses a page without bounds', async () => {
    for (const first of [-1, 100_000]) expect((await lab.refused(`{ revisions(first: ${first}) { id } }`)).problems[0]?.field).toBe('first');
    expect(await numbers('first: 0')).toEqual([]);
  });
});
