import { getIntrospectionQuery } from 'graphql';
import { defaultQueryLimits, type QueryLimits } from './config.js';
import { startFleet, type Fleet } from './fixtures/running-gateway.fixture.js';

const crowded = (fields: number): string => `{ ${Array.from({ length: fields }, (_unused, index) => `f${index}: sailorCount`).join(' ')} }`;
const deep = (fields: number): string => `{ ship(id: "a") { ${'escorts { '.repeat(fields - 2)} id ${'}'.repeat(fields - 2)} } }`;
const roots = (fields: number): string => `{ ${'sailorCount '.repeat(fields)} }`;
const tokens = (count: number): string => `{ ${'sailorCount '.repeat(count - 2)} }`;
const long = (chars: number): string => `{ sailorCount }${' '.repeat(chars - 15)}`;
const nestedInput = (levels: number): string => `mutation { launch(input: ${'['.repeat(levels)}${']'.repeat(levels)}) }`;
const costly = (ships: number): string => `{ ships(limit: ${ships}) { id } }`;
const introspecting = (fields: number): string => `{ __type(name: "Ship") { ${'ofType { '.repeat(fields - 2)} name ${'}'.repeat(fields - 2)} } }`;

describe('limits on one document', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet('in-process', { query: { costMax: 100, tokensMax: 400, documentCharsMax: 8_000 } });
  });
  afterAll(() => fleet.close());

  const limitNameOf = async (query: string): Promise<unknown> => {
    const response = await fleet.post({ query });
    const { errors } = (await response.json()) as { errors?: { message: string; extensions: { code: string; fields?: { limitName?: string } } }[] };
    const [refusal] = (errors ?? []).filter(({ extensions }) => extensions.code === 'QUERY_TOO_COMPLEX');
    if (refusal === undefined) return null;
    expect(response.status).toBe(400);
    expect(refusal.message).toContain(refusal.extensions.fields?.limitName);
    return refusal.extensions.fields?.limitName;
  };

  const cases: [keyof QueryLimits, (size: number) => string, number, Partial<QueryLimits>?][] = [
    ['depthMax', deep, 6],
    ['introspectionDepthMax', introspecting, 20],
    ['aliasesMax', crowded, 4],
    ['rootFieldsMax', roots, 20],
    ['tokensMax', tokens, 400],
    ['documentCharsMax', long, 8_000],
    ['inputDepthMax', nestedInput, 32],
    ['costMax', costly, 100],
  ];

  it.each(cases)('refuses one more than %s as QUERY_TOO_COMPLEX that names it', async (limit, query, max) => {
    const needed: Partial<QueryLimits> = { [limit]: max };
    const own = await startFleet('in-process', { query: { ...defaultQueryLimits, rootFieldsMax: limit === 'tokensMax' ? 1_000 : 20, ...needed } });
    const previous = fleet;
    fleet = own;
    try {
      expect(await limitNameOf(query(max))).toBeNull();
      expect(await limitNameOf(query(max + 1))).toBe(limit);
    } finally {
      fleet = previous;
      await own.close();
    }
  });

  it('remembers no refusal for a document whose page size comes with the variables', async () => {
    const query = 'query ($n: Int) { ships(limit: $n) { id } }';
    expect(await fleet.ask(query, { n: 101 })).toMatchObject({ errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX' } }] });
    expect((await fleet.ask(query, { n: 2 })).errors).toBeUndefined();
    expect(await fleet.ask(query, { n: 101 })).toMatchObject({ errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX' } }] });
  });

  it('answers the introspection query of every tool under the default limits', async () => {
    const own = await startFleet('in-process');
    expect((await own.ask(getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true, specifiedByUrl: true }))).errors).toBeUndefined();
    await own.close();
  });

  it('refuses a document nested far beyond any stack', async () => {
    const own = await startFleet('in-process', { query: { tokensMax: 100_000 } });
    const levels = 30_000;
    const { errors } = await own.ask(`${'{a'.repeat(levels)}${'}'.repeat(levels)}`);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', fields: { limitName: 'depthMax' } });
    await own.close();
  });
});
