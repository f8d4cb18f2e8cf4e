import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../workspace.mjs';

// The workspace's own version, which is a dependency of its projects; what lies at the root is whatever a tool brought along.
const { parse, parseAllDocuments, stringify } = createRequire(join(ROOT, 'libs/contracts/package.json'))('yaml');

/** One document; `<<` merges, as in Docker Compose. */
export const readYaml = (text) => parse(text, { merge: true });

/** Kubernetes and Helm read YAML 1.1, in which 0440 is octal and `on` is true. */
const OF_KUBERNETES = { version: '1.1' };

/** Every document of a stream of manifests that is not empty. @throws the first error in any of them. */
export function readManifests(text) {
  const documents = parseAllDocuments(text, OF_KUBERNETES);
  const broken = documents.flatMap(({ errors }) => errors);
  if (broken.length > 0) throw broken[0];
  return documents.map((document) => document.toJS()).filter((value) => value !== null);
}

/** The same value always gives the same text. */
export const writeYaml = (value) => stringify(value, { ...OF_KUBERNETES, lineWidth: 0, sortMapEntries: true, aliasDuplicateObjects: false });
