import fc from 'fast-check';
import { parse, print, validate, visit, type DocumentNode, type GraphQLSchema } from 'graphql';
import { composedSchema } from '../fixtures/deployment-graph.fixture.js';
import { randomDocument, type Spellings } from '../fixtures/random-document.fixture.js';
import { rewriteDocument } from './rewrite-document.js';

const RUNS = 200;

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await composedSchema();
});

/** Of every field in the order of the document. */
function responseKeys(document: DocumentNode): string[] {
  const keys: string[] = [];
  visit(document, { Field: ({ alias, name }) => void keys.push((alias ?? name).value) });
  return keys;
}

function always(law: (spellings: Spellings) => void): void {
  fc.assert(fc.property(fc.gen(), (choose) => law(randomDocument(schema, (below) => choose(fc.nat, { max: below - 1 })))), { numRuns: RUNS });
}

describe('any document in the spelling of the examples (X1, X3)', () => {
  it('is valid once rewritten, and is what it means', () => {
    always(({ written, meant }) => {
      const rewritten = rewriteDocument(parse(written), schema);
      expect(validate(schema, rewritten).map(({ message }) => message)).toEqual([]);
      expect(print(rewritten)).toBe(print(parse(meant)));
    });
  });

  it('is answered under the response keys that the client wrote', () => {
    always(({ written }) => expect(responseKeys(rewriteDocument(parse(written), schema))).toEqual(responseKeys(parse(written))));
  });

  it('is rewritten once and for all', () => {
    always(({ written }) => {
      const once = rewriteDocument(parse(written), schema);
      expect(rewriteDocument(once, schema)).toBe(once);
    });
  });

  it('is touched only where it is not valid as it stands', () => {
    let validAsWritten = 0;
    always(({ written, meant }) => {
      for (const document of [parse(written), parse(meant)]) {
        if (validate(schema, document).length > 0) continue;
        validAsWritten += 1;
        expect(rewriteDocument(document, schema)).toBe(document);
      }
    });
    expect(validAsWritten).toBeGreaterThanOrEqual(RUNS);
  });

  it('does stand in every spelling', () => {
    const seen = new Set<string>();
    const spellings = ['config ', 'serviceConfig ', 'revisionHistory', 'deleteModelServingDeployment', ': CreateModelDeploymentInput', 'on Deployment', 'enum ', 'subscription'];
    for (const [index, spelling] of spellings.entries()) {
      const documents = fc.sample(fc.gen().map((choose) => randomDocument(schema, (below) => choose(fc.nat, { max: below - 1 }))), { numRuns: 2 * RUNS, seed: index });
      if (documents.some(({ written, meant }) => written.includes(spelling) && written !== meant)) seen.add(spelling);
    }
    expect([...seen]).toEqual(spellings);
  });
});
