import { getIntrospectionQuery } from 'graphql';
import type { QueryLimits } from './config.js';
import { startFleet, type Fleet } from './fixtures/running-gateway.fixture.js';

const crowded = (fields: number): string => `{ ${Array.from({ length: fields }, (_unused, index) => `f${index}: sailorCount`).join(' ')} }`;
const deep = (fields: number): string => `{ ship(id: "a") { ${'escorts { '.repeat(fields - 2)} id ${'}'.repeat(fields - 2)} } }`;
const roots = (fields: number): string => `{ ${'sailorCount '.repeat(fields)} }`;
const tokens = (count: number): string => `{ ${'sailorCount '.repeat(count - 2)} }`;
const long = (chars: number): string => `{ sailorCount }${' '.repeat(chars - 15)}`;
const nestedInput = (levels: number): string => `mutation { launch(input: ${'['.repeat(levels)}${']'.repeat(levels)}) }`;
const costly = (ships: number): string => `{ ships(limit: ${ships}) { id } }`;
const introspecting = (fields: number): string => `{ __type(name: "Ship") { ${'ofType { '.repeat(fields - 2)} name ${'}'.repeat(fields - 2)} } }`;

const cases: [keyof QueryLimits, (size: number) => string, number][] = [
  ['depthMax', deep, 6],
  ['introspectionDepthMax', introspecting, 20],
  ['aliasesMax', crowded, 4],
  ['rootFieldsMax', roots, 20],
  ['tokensMax', tokens, 400],
  ['documentCharsMax', long, 8_000],
  ['inputDepthMax', nestedInput, 32],
  ['costMax', costly, 100],
];

describe('limits on one document', () => {
  /** The limit that a document is refused for, if any. */
  const limitNameOf = async (fleet: Fleet, query: string): Promise<string | null> => {
    const response = await fleet.post({ query });
    const { errors } = (await response.json()) as { errors?: { message: string; extensions: { code: string; fields?: { limitName: string } } }[] };
    const refusal = errors?.find(({ extensions }) => extensions.code === 'QUERY_TOO_COMPLEX');
    if (refusal === undefined) return null;
    const limitName = refusal.extensions.fields?.limitName ?? 'unnamed';
    expect(response.status).toBe(400);
    expect(refusal.message).toContain(limitName);
    return limitName;
  };

  it.each(cases)('accepts exactly %s and refuses one more as QUERY_TOO_COMPLEX that names it', async (limit, query, max) => {
    const roomy = limit === 'tokensMax' ? { rootFieldsMax: 1_000 } : {};
    const fleet = await startFleet('in-process', { query: { ...roomy, [limit]: max } });
    expect(await limitNameOf(fleet, query(max))).toBeNull();
    expect(await limitNameOf(fleet, query(max + 1))).toBe(limit);
    await fleet.close();
  });

  it('remembers no refusal for a document whose page size comes with the variables', async () => {
    const fleet = await startFleet('in-process', { query: { costMax: 100 } });
    const query = 'query ($n: Int) { ships(limit: $n) { id } }';
    expect(await fleet.ask(query, { n: 101 })).toMatchObject({ errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX' } }] });
    expect((await fleet.ask(query, { n: 2 })).errors).toBeUndefined();
    expect(await fleet.ask(query, { n: 101 })).toMatchObject({ errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX' } }] });
    await fleet.close();
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
