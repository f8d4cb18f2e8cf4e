import { parse, print, validate, type GraphQLSchema } from 'graphql';
import { composedSchema } from '../fixtures/deployment-graph.fixture.js';
import { rewriteDocument } from './rewrite-document.js';

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await composedSchema();
});

const rewritten = (text: string): string => print(rewriteDocument(parse(text), schema));
const tidy = (text: string): string => print(parse(text));
const problems = (text: string): string[] => validate(schema, rewriteDocument(parse(text), schema)).map(({ message }) => message);

describe('a document in the spelling of the examples (X1, X3)', () => {
  it.each([
    ['a union without a selection', '{ deployment(id: "a") { deploymentStrategy { type config } } }', '{ deployment(id: "a") { deploymentStrategy { type config: configJSON } } }'],
    ['one under an alias', '{ revision(id: "a") { modelRuntimeConfig { c: serviceConfig } } }', '{ revision(id: "a") { modelRuntimeConfig { c: serviceConfigJSON } } }'],
    ['a list with arguments', '{ deployment(id: "a") { revisionHistory(first: 1) { edges { cursor } } } }', '{ deployment(id: "a") { revisionHistory: revisionHistoryConnection(first: 1) { edges { cursor } } } }'],
    ['a list with arguments and nothing else to tell by', '{ deployment(id: "a") { revisionHistory(first: 1) { __typename } } }', '{ deployment(id: "a") { revisionHistory: revisionHistoryConnection(first: 1) { __typename } } }'],
    ['a list with pages', '{ deployment(id: "a") { revisionHistory { pageInfo { hasNextPage } } } }', '{ deployment(id: "a") { revisionHistory: revisionHistoryConnection { pageInfo { hasNextPage } } } }'],
    [
      'a list with pages in fragments',
      '{ deployment(id: "a") { revisionHistory { ... { ...P } } } } fragment P on ModelRevisionConnection { edges { cursor } }',
      '{ deployment(id: "a") { revisionHistory: revisionHistoryConnection { ... { ...P } } } } fragment P on ModelRevisionConnection { edges { cursor } }',
    ],
    ['an id with a selection', 'mutation { deleteModelServingDeployment(id: "a") { deletedId } }', 'mutation { deleteModelServingDeployment: deleteModelServingDeploymentPayload(id: "a") { deletedId } }'],
    [
      'the other name of an input',
      'mutation ($i: CreateModelDeploymentInput!) { createModelDeployment(input: $i) { deployment { id } } }',
      'mutation ($i: CreateModelServingDeploymentInput!) { createModelDeployment(input: $i) { deployment { id } } }',
    ],
    [
      'the other names of types that fragments are on',
      '{ deployment(id: "a") { ...F } } fragment F on Deployment { revision { ... on Revision { modelRuntimeConfig { serviceConfig } } } }',
      '{ deployment(id: "a") { ...F } } fragment F on ModelDeployment { revision { ... on ModelRevision { modelRuntimeConfig { serviceConfig: serviceConfigJSON } } } }',
    ],
    ['definitions of known types beside it', 'enum OrderDirection { ASC } input ModelRevisionOrder { x: Int } { deployments { id } }', '{ deployments { id } }'],
    [
      'several operations, of which one is run',
      'query A { deployments { deploymentStrategy { config } } } mutation B { deleteModelServingDeployment(id: "a") { deletedId } }',
      'query A { deployments { deploymentStrategy { config: configJSON } } } mutation B { deleteModelServingDeployment: deleteModelServingDeploymentPayload(id: "a") { deletedId } }',
    ],
  ])('may have %s', (_what, written, meant) => {
    expect(rewritten(written)).toBe(tidy(meant));
    expect(problems(written)).toEqual([]);
  });

  it.each([
    '{ deployment(id: "a") { deploymentStrategy { config { ... on RollingConfig { maxSurge } } } } }',
    '{ deployment(id: "a") { deploymentStrategy { config { __typename } configJSON } } }',
    '{ deployment(id: "a") { revisionHistory { id name } } }',
    '{ deployment(id: "a") { revisionHistory { __typename ...R } } } fragment R on ModelRevision { id }',
    '{ deployment(id: "a") { config: name revisionHistory: id } }',
    '{ config { config serviceConfig revisionHistory(first: 2) } }',
    'mutation { deleteModelServingDeployment(id: "a") }',
    'mutation ($i: CreateModelServingDeploymentInput!) { createModelDeployment(input: $i) { deployment { id } } }',
  ])('is left as it is where the schema takes it: %s', (text) => {
    const document = parse(text);
    expect(rewriteDocument(document, schema)).toBe(document);
    expect(problems(text)).toEqual([]);
  });

  it.each([
    ['an enum that is an input here', 'enum ModelRevisionOrder { X } { deployments { id } }', /"ModelRevisionOrder" definition is not executable/],
    ['a type the schema lacks', 'type Harbour { id: ID } { deployments { id } }', /"Harbour" definition is not executable/],
    ['definitions alone', 'enum OrderDirection { ASC }', /"OrderDirection" definition is not executable/],
    ['a field that neither has', 'mutation { deleteModelServingDeployment(id: "a") { name } }', /Cannot query field "name" on type "DeleteModelServingDeploymentPayload"/],
    ['both forms under one key', '{ deployment(id: "a") { revisionHistory { id } revisionHistory(first: 1) { pageInfo { endCursor } } } }', /Fields "revisionHistory" conflict/],
    ['a fragment that is not there', '{ deployment(id: "a") { revisionHistory { ...Gone } } }', /Unknown fragment "Gone"/],
    ['a field of no type', '{ nope { config revisionHistory { edges } } }', /Cannot query field "nope"/],
  ])('is refused for %s, as ever', (_what, text, problem) => {
    expect(problems(text)).toContainEqual(expect.stringMatching(problem));
  });

  it('says where in the client\'s own text something is wrong', () => {
    const [error] = validate(schema, rewriteDocument(parse('enum OrderDirection { ASC }\n{ deployment(id: "a") {\n  revisionHistory(nope: 1) { edges { cursor } } } }'), schema));
    expect(error?.message).toContain('Unknown argument "nope"');
    expect(error?.locations).toEqual([{ line: 3, column: 19 }]);
  });

  it('nests as deep as it parses', () => {
    const levels = 800;
    const text = `{ deployment(id: "a") { revisionHistory { ${'... { '.repeat(levels)} pageInfo { endCursor } ${'}'.repeat(levels)} } } }`;
    expect(rewritten(text)).toContain('revisionHistory: revisionHistoryConnection {');
  });
});
