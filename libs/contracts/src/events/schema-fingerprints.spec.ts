import { canonicalJson } from '@slipway/domain';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { committedText } from '../testing/generated-file.js';
import { eventCatalogue } from './event-catalogue.js';

/**
 * What each version of each event looked like, as a hash of its JSON schema. A version that was released never changes: a
 * new form is one more upcast, and so one more version. SLIPWAY_UPDATE_GENERATED=1 adds what is missing, and never
 * replaces. (To change a version that no log holds yet, remove its line first.)
 */
const file = new URL('./schema-fingerprints.json', import.meta.url);
type Fingerprints = Readonly<Record<string, Readonly<Record<string, string>>>>;

const known: Fingerprints = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Fingerprints) : {};
const current = Object.entries(eventCatalogue).map(([type, { schema, upcasts }]) => {
  const fingerprint = createHash('sha256').update(canonicalJson(z.toJSONSchema(schema))).digest('hex').slice(0, 32);
  return { type, version: `v${upcasts.length + 1}`, fingerprint };
});
const completed = Object.fromEntries(
  current.map(({ type, version, fingerprint }) => [type, { [version]: fingerprint, ...known[type] }]).sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1)),
) as Fingerprints;
const committed = JSON.parse(committedText(file, `${JSON.stringify(completed, null, 2)}\n`)) as Fingerprints;

describe('the stored form of events', () => {
  it.each(current)('$type $version is what it was when it was first written', ({ type, version, fingerprint }) => {
    expect(committed[type]?.[version]).toBe(fingerprint);
  });

  it.each(current)('$type has an upcast from each version before $version', ({ type, version }) => {
    const versions = Object.keys(committed[type] ?? {}).toSorted();
    expect(versions).toEqual(Array.from({ length: Number(version.slice(1)) }, (_, index) => `v${index + 1}`));
  });

  it('has lost no type: what was once written must be read for ever', () => {
    expect(Object.keys(committed).filter((type) => !Object.hasOwn(eventCatalogue, type))).toEqual([]);
  });

  it('is strict at every depth, so that nothing is dropped unseen', () => {
    const loose = current.filter(({ type }) => hasLooseObject(z.toJSONSchema(eventCatalogue[type as keyof typeof eventCatalogue].schema)));
    expect(loose).toEqual([]);
  });
});

function hasLooseObject(schema: unknown): boolean {
  if (schema === null || typeof schema !== 'object') return false;
  const { properties, additionalProperties } = schema as Readonly<Record<string, unknown>>;
  if (properties !== undefined && additionalProperties !== false) return true;
  return Object.values(schema).some(hasLooseObject);
}
