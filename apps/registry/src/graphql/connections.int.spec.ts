import { deployed, published } from '../testing/deployment-inputs.js';
import { openRegistryLab, type RegistryLab } from '../testing/registry-lab.js';

let lab: RegistryLab;
const NAMES = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta'];
let id: string;
let revisions: string[];

beforeAll(async () => {
  lab = await openRegistryLab();
  for (const [at, name] of NAMES.entries()) {
    if (at % 2 === 0) lab.clock.advance(1000); // two and two are of the same instant
    id = await deployed(lab, { name });
  }
  const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { revision { id } } }', { id });
  revisions = [deployment.revision.id as string];
  for (const name of ['two', 'three', 'four']) revisions.push(await published(lab, id, { name }));
});
afterAll(() => lab[Symbol.asyncDispose]());

type Found = { readonly nodes: string[]; readonly end: string | null; readonly more: boolean; readonly before: boolean; readonly total: number };
const list = async (field: string, node: string, given: Record<string, string>): Promise<Found> => {
  const text = Object.entries(given).map(([name, value]) => `${name}: ${value}`);
  const source = `{ list: ${field}${text.length === 0 ? '' : `(${text.join(', ')})`} { totalCount edges { cursor node { ${node} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
  const { edges, pageInfo, totalCount } = (await lab.ask(source)).list;
  expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null]);
  return { nodes: edges.map((edge: { node: Record<string, string> }) => edge.node[node]), end: pageInfo.endCursor, more: pageInfo.hasNextPage, before: pageInfo.hasPreviousPage, total: totalCount };
};
const deployments = (given: Record<string, string> = {}) => list('deploymentsConnection', 'name', given);

async function walked(page: (after: Record<string, string>, at: number) => Promise<Found>): Promise<string[]> {
  const seen: string[] = [];
  for (let after: Record<string, string> = {}, at = 0; ; at++) {
    const { nodes, end, more, before } = await page(after, at);
    expect(before).toBe(at > 0);
    seen.push(...nodes);
    if (!more || end === null) return seen;
    after = { after: JSON.stringify(end) };
  }
}

describe('deployments in pages', () => {
  it('are newest first, and counted over all pages', async () => {
    const { nodes, more, total } = await deployments({ first: '3' });
    expect({ count: nodes.length, more, total }).toEqual({ count: 3, more: true, total: NAMES.length });
    expect((await deployments({ first: '3', filter: '{ nameMatches: { endsWith: "eta" } }' })).total).toBe(3);
    expect(await deployments({ first: '0' })).toMatchObject({ nodes: [], end: null, more: true });
  });

  it.each(['CREATED_AT', 'UPDATED_AT', 'NAME'].flatMap((field) => ['ASC', 'DESC'].map((direction) => [field, direction] as const)))(
    'by %s %s: each that was there all the while is seen exactly once, while more are made',
    async (field, direction) => {
      const order = { orderBy: `{ field: ${field}, direction: ${direction} }`, first: '2' };
      const seen = await walked(async (after, at) => {
        const found = await deployments({ ...order, ...after });
        if (at < 2) await deployed(lab, { name: `made-${field}-${direction}-${at}`.toLowerCase().replaceAll('_', '-') });
        return found;
      });
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.filter((name) => NAMES.includes(name)).toSorted()).toEqual(NAMES.toSorted());
      if (field === 'NAME') expect(seen).toEqual(direction === 'ASC' ? seen.toSorted() : seen.toSorted().toReversed());
    },
  );

  it.each([
    [{ first: '-1' }, 'first'],
    [{ first: '1001' }, 'first'],
    [{ after: '"bm90aGluZw"' }, 'after'],
    [{ after: `"${Buffer.from('["name","x","y"]').toString('base64url')}"` }, 'after'],
    [{ after: `"${Buffer.from('["createdAtMs","x","y"]').toString('base64url')}"` }, 'after'],
    [{ filter: `{ nameMatches: { contains: "${'x'.repeat(513)}" } }` }, 'filter'],
    [{ filter: `{ nameMatches: { in: [${'"x",'.repeat(101)}] } }` }, 'filter'],
    [{ filter: '{ NOT: '.repeat(7) + '{ name: "x" }' + '}'.repeat(7) }, 'filter'],
    [{ filter: `{ OR: [${'{ name: "x" },'.repeat(101)}] }` }, 'filter'],
    [{ filter: `{ AND: [${`{ OR: [${'{ name: "x" },'.repeat(60)}] }`.repeat(2)}] }` }, 'filter'],
  ])('are refused for %j', async (given, field) => {
    const text = Object.entries(given).map(([name, value]) => `${name}: ${value}`).join(', ');
    const { code, problems } = await lab.refused(`{ deploymentsConnection(${text}) { totalCount } }`);
    expect({ code, field: problems[0]?.field }).toEqual({ code: 'INVALID_INPUT', field });
  });

  it('take one condition where a list is wanted, and the filters of plain lists take all of it', async () => {
    const filter = 'filter: { NOT: { nameMatches: { iContains: "ETA" } }, OR: [{ name: "alpha" }, { name: "beta" }] }';
    const { deployments: found } = await lab.ask(`{ deployments(${filter}) { name } }`);
    expect(found).toEqual([{ name: 'alpha' }]);
  });
});

describe('revisions in pages', () => {
  it.each(['CREATED_AT', 'REVISION_NUMBER'].flatMap((field) => ['ASC', 'DESC'].map((direction) => [field, direction] as const)))(
    'by %s %s: each that was there all the while is seen exactly once, while more are published',
    async (field, direction) => {
      const given = { filter: `{ deploymentId: "${id}" }`, orderBy: `{ field: ${field}, direction: ${direction} }`, first: '2' };
      const seen = await walked(async (after, at) => {
        const found = await list('revisionsConnection', 'id', { ...given, ...after });
        if (at === 0) await published(lab, id, { name: 'meanwhile' });
        return found;
      });
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.filter((revision) => revisions.includes(revision)).toSorted()).toEqual(revisions.toSorted());
    },
  );

  it('tell which is active, and are filtered', async () => {
    const { list: found } = await lab.ask(`{ list: revisionsConnection(filter: { deploymentId: "${id}", nameMatches: { in: ["first", "two"] } }, orderBy: { field: REVISION_NUMBER, direction: ASC }) { totalCount edges { node { name status } } } }`);
    expect(found).toEqual({ totalCount: 2, edges: [{ node: { name: 'first', status: 'ACTIVE' } }, { node: { name: 'two', status: 'INACTIVE' } }] });
  });
});

describe('revisionDiff', () => {
  const DIFF = 'query ($a: ID!, $b: ID!) { revisionDiff(a: $a, b: $b) { identical a { revisionNumber } b { revisionNumber } changes { path kind before after } } }';

  it('says field by field what distinguishes b from a, and shows no secret', async () => {
    const environ = (key: string) => JSON.stringify({ MODE: 'x', API_KEY: key });
    const runtime = (key: string, extra = {}) => ({ modelRuntimeConfig: { runtimeVariant: 'mock', environ: environ(key), ...extra } });
    const a = await published(lab, id, runtime('sesame-1'));
    const b = await published(lab, id, { ...runtime('sesame-2', { serviceConfig: { maxModelLength: 8 } }), image: { name: 'slipway-engine:2', architecture: 'x86_64' } });
    const { revisionDiff } = await lab.ask(DIFF, { a, b });
    expect(revisionDiff.identical).toBe(false);
    expect(revisionDiff.b.revisionNumber).toBe(revisionDiff.a.revisionNumber + 1);
    expect(revisionDiff.changes).toEqual([
      { path: 'image.name', kind: 'CHANGED', before: '"slipway-engine:1"', after: '"slipway-engine:2"' },
      { path: 'modelRuntimeConfig.serviceConfig', kind: 'CHANGED', before: 'null', after: '{"maxModelLength":8}' },
      { path: 'modelRuntimeConfig.environ.API_KEY', kind: 'CHANGED', before: '"***"', after: '"***"' },
    ]);
    expect(JSON.stringify(revisionDiff)).not.toContain('sesame');
  });

  it('is nothing between a revision and itself, and refused for one that there is not', async () => {
    const [a = ''] = revisions;
    expect((await lab.ask(DIFF, { a, b: a })).revisionDiff).toMatchObject({ identical: true, changes: [] });
    expect(await lab.refused(DIFF, { a, b: 'nothing' })).toMatchObject({ code: 'REVISION_NOT_FOUND' });
  });
});
