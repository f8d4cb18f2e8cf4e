import { publicGraph } from './compose-graph.js';
import { breakingChanges } from './graph-changes.js';

const BEFORE = 'type Query { a: Int b(c: String): String! n: Int } enum E { X }';

describe('a change of the graph', () => {
  it.each([
    ['a field taken away', 'type Query { b(c: String): String! n: Int } enum E { X }', ['Query.a was removed.']],
    ['an answer that may be missing', BEFORE.replace('String!', 'String'), ['Query.b changed type from String! to String.']],
    ['an argument that has to be given', BEFORE.replace('c: String', 'c: String, d: Int!'), ['A required arg d on Query.b was added.']],
    ['a value taken away', BEFORE.replace('X', 'Y'), ['X was removed from enum type E.']],
    ['more of everything', BEFORE.replace('c: String', 'c: String, d: Int').replace('n: Int', 'n: Int m: Int').replace('X', 'X Y'), []],
  ])('breaks clients or not: %s', (_what, after, breaks) => {
    expect(breakingChanges(BEFORE, after)).toEqual(breaks);
  });

  it('from nothing breaks nobody', () => expect(breakingChanges('', BEFORE)).toEqual([]));
});

describe('the graph clients are offered', () => {
  const one = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"]) type Query { ship: Ship } type Ship @key(fields: "id") { id: ID! }';
  const two = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"]) type Ship @key(fields: "id") { id: ID! captain: String }';

  it('has every part and nothing of how it is put together, whatever the order of the parts', () => {
    const graph = publicGraph([{ name: 'one', sdl: one }, { name: 'two', sdl: two }]);
    expect(graph).toBe('type Query {\n  ship: Ship\n}\n\ntype Ship {\n  captain: String\n  id: ID!\n}\n');
    expect(publicGraph([{ name: 'two', sdl: two }, { name: 'one', sdl: one }])).toBe(graph);
  });
});
