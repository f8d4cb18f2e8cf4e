import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSchema, parse, validate, type GraphQLSchema } from 'graphql';
import { composedGraph } from '../fixtures/composed-graph.js';
import { Operation } from './operation.js';

const source = fileURLToPath(new URL('..', import.meta.url));

/** Every document that a module of the tool exports. */
async function operations(): Promise<readonly (readonly [name: string, operation: Operation<unknown, object>])[]> {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !/\.spec\.ts$|^main\.ts$|^fixtures/.test(file));
  const found: [string, Operation<unknown, object>][] = [];
  for (const file of files) {
    const exported = (await import(pathToFileURL(path.join(source, file)).href)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(exported)) if (value instanceof Operation) found.push([name, value as Operation<unknown, object>]);
  }
  return found;
}

describe('what the tool asks for', () => {
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = buildSchema(await composedGraph(), { assumeValidSDL: true });
  });

  it('is what the services define: every document is valid against the graph they compose', async () => {
    const found = await operations();
    expect(found.length).toBeGreaterThan(15);
    const problems = found.flatMap(([name, { document }]) => validate(schema, parse(document)).map(({ message }) => `${name}: ${message}`));
    expect(problems).toEqual([]);
  });

  it('has one operation per document, with a name that logs of the platform show', async () => {
    for (const [name, { document }] of await operations()) {
      const names = parse(document).definitions.map((definition) => ('name' in definition ? definition.name?.value : undefined));
      expect([name, names]).toEqual([name, [expect.stringMatching(/^[A-Z]\w+$/)]]);
    }
  });
});
