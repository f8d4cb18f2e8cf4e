import { readdirSync, readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { rewriteDocument } from './rewrite-document.js';

/** The examples of the proposal, byte for byte, and the graph clients are offered. */
const folder = new URL('../../../standalone/src/e2e/s1-examples/', import.meta.url);
const graph = buildSchema(readFileSync(new URL('../../../../docs/schema.graphql', import.meta.url), 'utf8'));
const examples = readdirSync(folder).map((file) => file.replace('.graphql', ''));

const written = (example: string) => parse(readFileSync(new URL(`${example}.graphql`, folder), 'utf8'));

describe('the nine examples of the proposal (X1)', () => {
  it.each(examples)('%s is valid as it is written', (example) => {
    expect(validate(graph, rewriteDocument(written(example), graph)).map(({ message }) => message)).toEqual([]);
  });

  it('are nine, of which not all would be without the rewriting', () => {
    expect(examples).toHaveLength(9);
    expect(examples.filter((example) => validate(graph, written(example)).length > 0)).toEqual(expect.arrayContaining(['delete-deployment', 'get-deployment-details', 'get-revision-details']));
  });
});
