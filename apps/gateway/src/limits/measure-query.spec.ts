import { buildSchema, getIntrospectionQuery, parse } from 'graphql';
import { defaultQueryLimits, type QueryLimits } from '../config.js';
import { exceededLimit } from './measure-query.js';

const schema = buildSchema(`
  type Query { a: A, list(limit: Int): [A!]!, page(first: Int): Page!, leaf: Int }
  type Mutation { do: A }
  type A { a: A, b: A, leaf: Int, list: [A!]!, page(first: Int): Page!, take(x: [[Int]]): Int }
  type Page { edges: [Edge!]!, total: Int }
  type Edge { node: A! }
`);

/** The limit that a document is over, when only that one is set so low. */
function over(query: string, limits: Partial<QueryLimits>, variables: Record<string, unknown> = {}): string | null {
  return exceededLimit(parse(query), schema, variables, { ...defaultQueryLimits, ...limits })?.limit ?? null;
}

const nested = (depth: number): string => `{ ${'a { '.repeat(depth - 1)} leaf ${'}'.repeat(depth - 1)} }`;

describe('the measure of a query', () => {
  it('counts depth by fields, whether written out or in fragments', () => {
    expect(over(nested(12), {})).toBeNull();
    expect(over(nested(13), {})).toBe('depthMax');
    expect(over('{ a { ...F } } fragment F on A { a { leaf } }', { depthMax: 3 })).toBeNull();
    expect(over('{ a { ...F } } fragment F on A { a { leaf } }', { depthMax: 2 })).toBe('depthMax');
    expect(over('{ a { ... on A { ... { leaf } } } }', { depthMax: 2 })).toBeNull();
  });

  it('lets introspection be deeper than queries, but not endlessly, and nothing else hide behind it', () => {
    expect(over(getIntrospectionQuery(), { depthMax: 2, costMax: 0 })).toBeNull();
    const deep = (levels: number): string => `{ __type(name: "A") { ${'ofType { '.repeat(levels)} name ${'}'.repeat(levels)} } }`;
    expect(over(deep(18), {})).toBeNull();
    expect(over(deep(19), {})).toBe('introspectionDepthMax');
    expect(over(`{ __schema { queryType { name } } ${nested(13).slice(1)}`, {})).toBe('depthMax');
    expect(over('{ __schema { queryType { n: name } } a: leaf }', { aliasesMax: 1 })).toBe('aliasesMax');
  });

  it('counts aliases and root fields with fragments expanded', () => {
    const query = '{ x: leaf ...F ...F } fragment F on Query { y: leaf z: a { w: leaf } }';
    expect(over(query, { aliasesMax: 7 })).toBeNull();
    expect(over(query, { aliasesMax: 6 })).toBe('aliasesMax');
    expect(over(query, { rootFieldsMax: 5 })).toBeNull();
    expect(over(query, { rootFieldsMax: 4 })).toBe('rootFieldsMax');
  });

  it.each([
    ['objects', '{ a { b { leaf } } }', 2],
    ['leaves cost nothing', '{ leaf }', 0],
    ['a list without page size counts 10', '{ a { list { leaf } } }', 11],
    ['a page size multiplies what is inside', '{ list(limit: 20) { a { leaf } } }', 40],
    ['edges hold as many as their page', '{ page(first: 20) { edges { node { leaf } } total } }', 60],
    ['page sizes multiply each other', '{ list(limit: 10) { page(first: 10) { edges { node { leaf } } } } }', 310],
    ['a mutation counts 10', 'mutation { do { leaf } }', 11],
  ])('costs: %s', (_name, query, cost) => {
    expect(over(query, { costMax: cost })).toBeNull();
    if (cost > 0) expect(over(query, { costMax: cost - 1 })).toBe('costMax');
  });

  it('takes page sizes from variables, and from their defaults', () => {
    const query = 'query ($n: Int = 5) { list(limit: $n) { leaf } }';
    expect(over(query, { costMax: 5 })).toBeNull();
    expect(over(query, { costMax: 5 }, { n: 6 })).toBe('costMax');
    expect(over(query, { costMax: 4 })).toBe('costMax');
  });

  it('does not let a negative page size pay for the rest', () => {
    expect(over('{ list(limit: -100) { leaf } page(first: 10) { total } }', { costMax: 10 })).toBe('costMax');
  });

  it('limits how deep one argument nests, in place and as a default', () => {
    expect(over('{ a { take(x: [[1]]) } }', { inputDepthMax: 2 })).toBeNull();
    expect(over('{ a { take(x: [[[1]]]) } }', { inputDepthMax: 2 })).toBe('inputDepthMax');
    expect(over('query ($x: [[Int]] = [[[1]]]) { a { take(x: $x) } }', { inputDepthMax: 2 })).toBe('inputDepthMax');
  });

  it('measures 2^60 spreads as fast as 120', () => {
    const fragments = Array.from({ length: 60 }, (_unused, index) => `fragment F${index} on A { ...F${index + 1} ...F${index + 1} }`);
    const query = `{ a { ...F0 } } ${fragments.join(' ')} fragment F60 on A { x: leaf }`;
    expect(over(query, {})).toBe('aliasesMax');
    const inIntrospection = query.replace('{ a { ...F0 } }', '{ __type(name: "A") { ...F0 } }').replaceAll('on A', 'on __Type').replace('x: leaf', 'x: name');
    expect(over(inIntrospection, {})).toBe('aliasesMax');
  });

  it('survives fragment cycles, unknown types and endless nesting', () => {
    expect(over('{ a { ...F } } fragment F on A { ...G } fragment G on A { ...F leaf }', {})).toBeNull();
    expect(over('{ nope { nope { nope } } ...Unknown ... on Unknown { leaf } }', {})).toBeNull();
    const spreads = Array.from({ length: 2_000 }, (_unused, index) => `fragment F${index} on A { ...F${index + 1} }`).join(' ');
    expect(over(`{ a { ...F0 } } ${spreads} fragment F2000 on A { leaf }`, {})).toBe('depthMax');
    expect(over(`{ ${'... { '.repeat(500)} leaf ${'}'.repeat(500)} }`, {})).toBe('depthMax');
  });

  it('measures every operation of a document', () => {
    expect(over('query A { leaf } query B { x: leaf y: leaf }', { aliasesMax: 1 })).toBe('aliasesMax');
  });
});
