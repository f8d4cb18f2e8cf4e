import { chooseGraph } from './choose-graph.js';

const AS_TYPE = 'type Query { a: Thing } type Thing { x: Int }';
const AS_ENUM = 'type Query { b: Thing } enum Thing { X }';
const WITHOUT = 'type Query { b: Int }';

describe('the graph chosen of what services offer', () => {
  it('is of the newest schemas when they compose', () => {
    const { supergraph, parts, refusal } = chooseGraph([{ name: 'one', sdls: [AS_TYPE] }, { name: 'two', sdls: [WITHOUT, AS_ENUM] }]);
    expect(supergraph).toContain('Thing');
    expect(parts).toEqual([{ name: 'one', sdl: AS_TYPE }, { name: 'two', sdl: WITHOUT }]);
    expect(refusal).toBeNull();
  });

  it('takes as few steps back as need be, and says why', () => {
    const { parts, refusal } = chooseGraph([{ name: 'one', sdls: [AS_TYPE, AS_TYPE.replace('x', 'y')] }, { name: 'two', sdls: [AS_ENUM, WITHOUT] }]);
    expect(parts).toEqual([{ name: 'one', sdl: AS_TYPE }, { name: 'two', sdl: WITHOUT }]);
    expect(refusal).toContain('do not compose');
  });

  it('is none when nothing composes, or a schema is not one', () => {
    expect(chooseGraph([{ name: 'one', sdls: [AS_TYPE] }, { name: 'two', sdls: [AS_ENUM, 'type {'] }])).toMatchObject({ supergraph: null, refusal: expect.stringContaining('do not compose') });
    expect(chooseGraph([])).toMatchObject({ supergraph: null, refusal: 'the graph has no subgraphs' });
  });

  it('gives up after so many tries that a gateway does not stand still for long', () => {
    const many = Array.from({ length: 50 }, (_unused, index) => `type Query { b: Thing } enum Thing { X${index} }`);
    expect(chooseGraph([{ name: 'one', sdls: [AS_TYPE] }, { name: 'two', sdls: [...many, WITHOUT] }]).supergraph).toBeNull();
  });
});
