import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { CHART, EXAMPLES, valuesFile } from './chart-rendering.mjs';
import { readYaml } from './yaml-text.mjs';

const read = (path) => readFileSync(join(CHART, path), 'utf8');
const schema = JSON.parse(read('values.schema.json'));
const values = readYaml(read('values.yaml'));
const templates = readdirSync(join(CHART, 'templates'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  .join('\n');

const validate = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true }).compile(schema);
const problemsOf = (given) => (validate(given) ? [] : validate.errors.map(({ instancePath, message }) => `${instancePath} ${message}`));
const withValue = (path, value) => path.split('.').reduceRight((inner, key) => ({ [key]: inner }), value);

/** Objects that go into a manifest as they are. */
const WRITTEN_WHOLE = new Set(['resources', 'labels']);

/** As Helm does: given values win, objects are merged, all else is replaced. */
function over(defaults, given) {
  const merged = { ...defaults };
  for (const [key, value] of Object.entries(given)) merged[key] = isObject(value) && isObject(defaults[key]) ? over(defaults[key], value) : value;
  return merged;
}
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The paths of all values that are no object with values of its own. */
const leavesOf = (object, path = []) =>
  Object.entries(object).flatMap(([key, value]) => (isObject(value) && Object.keys(value).length > 0 ? leavesOf(value, [...path, key]) : [[...path, key]]));

describe('the values of the chart', () => {
  it('fit their own schema', () => {
    expect(problemsOf(values)).toEqual([]);
  });

  it.each(EXAMPLES)('fit it in the %s example, over the defaults', (example) => {
    expect(problemsOf(over(values, readYaml(readFileSync(valuesFile(example), 'utf8'))))).toEqual([]);
  });

  it.each([
    ['a name nobody knows', 'proxy.replica', 3],
    ['a number as text', 'proxy.replicas', '3'],
    ['no instance at all', 'relay.replicas', 0],
    ['a database that is not Postgres', 'externalDatabase.url', 'mysql://host/db'],
    ['a log of an unknown kind', 'eventLog.url', 'sqlite:log.sqlite'],
    ['a master key that is not 64 hex digits', 'secrets.masterKey', 'secret'],
    ['a token short enough to guess', 'secrets.adminToken', 'admin'],
    ['root as the user', 'podSecurity.runAsUser', 0],
    ['a secret among the settings by a name of no setting', 'settings', { PASSWORD: 'x' }],
    ['a size without a unit that exists', 'bundled.nats.storage', '5GB'],
    ['a tag where a digest belongs', 'image.digest', 'v1'],
  ])('are refused with %s', (_what, path, value) => {
    expect(problemsOf(over(values, withValue(path, value)))).not.toEqual([]);
  });

  it('are all read by a template', () => {
    const unread = leavesOf(values).filter((path) => !path.some((key) => WRITTEN_WHOLE.has(key)) && !templates.includes(`.${path.at(-1)}`));
    expect(unread).toEqual([]);
  });

  it('are all there where a template reads them', () => {
    const paths = [...templates.matchAll(/\$?(?:root)?\.Values\.([A-Za-z.]+)/g)].map(([, path]) => path.replace(/\.$/, ''));
    const missing = [...new Set(paths)].filter((path) => path.split('.').reduce((value, key) => value?.[key], values) === undefined);
    expect(missing).toEqual([]);
  });
});
