import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../logging/logger.js';
import { SEARCHED_SECRET_CHARS_MIN } from './masked-text.js';
import { printSettings } from './print-settings.js';
import { readSettings } from './read-settings.js';
import { defineSettings } from './setting.js';
import { SettingsError } from './settings-error.js';
import { portNumber, text, token, url, urls } from './value-schemas.js';

const settings = defineSettings({
  SLIPWAY_PORT: { ...portNumber, default: 1, describe: 'A number' },
  SLIPWAY_PLAIN: { ...text, default: null, describe: 'Any text' },
  SLIPWAY_DATABASE_URL: { ...url('postgres'), default: 'postgres://h/db', secretFile: true, describe: 'A URL' },
  SLIPWAY_NATS_URL: { ...urls('nats'), default: 'nats://h', secretFile: true, describe: 'URLs' },
  SLIPWAY_KEY: { ...token, default: null, secret: true, describe: 'A strict secret' },
  SLIPWAY_PHRASE: { ...text, default: null, secret: true, describe: 'A loose secret' },
});

const folder = mkdtempSync(join(tmpdir(), 'settings-laws-'));
afterAll(() => rmSync(folder, { recursive: true }));
const secretFile = join(folder, 'secret');
const configFile = join(folder, 'config');

/** Everything that can be seen of one reading: what is printed, warned, refused and logged. */
function seen(environ: Readonly<Record<string, string>>, file: string | null): string {
  const lines: string[] = [];
  try {
    const reading = readSettings(settings, { environ, file });
    const logger = createLogger('law', { destination: { write: (line) => void lines.push(line) }, secrets: reading.secrets });
    for (const value of Object.values(reading.values)) logger.error({ err: new Error(`refused: ${String(value)}`), deep: { value } }, `with ${String(value)}`);
    return [printSettings(settings, reading), ...reading.warnings, ...lines].join('\n');
  } catch (error) {
    if (error instanceof SettingsError) return `${error.message}\n${error.stack ?? ''}`;
    throw error;
  }
}

/** Long and odd enough not to be part of an honest word. */
const odd = fc.string({ unit: 'binary-ascii', minLength: SEARCHED_SECRET_CHARS_MIN, maxLength: 40 }).map((value) => `zQ${value.replace(/[\0-\x1f\x7f]/g, '~')}9x`);
const plain = fc.stringMatching(/^[\w@:/.+=-]{16,40}$/).map((value) => `zQ${value}9x`);
const secret = fc.oneof(odd, plain);

const placings: Readonly<Record<string, (value: string) => { environ: Record<string, string>; file: string | null }>> = {
  'by environment': (value) => ({ environ: { SLIPWAY_KEY: value, SLIPWAY_PHRASE: value }, file: null }),
  'by secret file': (value) => {
    writeFileSync(secretFile, value);
    return { environ: { SLIPWAY_PHRASE_FILE: secretFile, SLIPWAY_PORT: 'no number' }, file: null };
  },
  'in place of the path of its file': (value) => ({ environ: { SLIPWAY_KEY_FILE: value }, file: null }),
  'by settings file': (value) => {
    writeFileSync(configFile, JSON.stringify({ phrase: value, key: value }));
    return { environ: {}, file: configFile };
  },
  'in a settings file that is broken': (value) => {
    writeFileSync(configFile, `phrase: ${value}\nkey: "${value}\n  - ${value}: [`);
    return { environ: {}, file: configFile };
  },
  'under a misspelt name in a settings file': (value) => {
    writeFileSync(configFile, JSON.stringify({ phrasse: value, sections: [{ key: value }] }));
    return { environ: {}, file: configFile };
  },
  'under a misspelt name in the environment': (value) => ({ environ: { SLIPWAY_PHRASSE: value }, file: null }),
  'twice': (value) => ({ environ: { SLIPWAY_PHRASE: value, SLIPWAY_PHRASE_FILE: value }, file: null }),
  'as a password in URLs, encoded': (value) => ({
    environ: { SLIPWAY_DATABASE_URL: `postgres://u:${encodeURIComponent(value)}@h/db`, SLIPWAY_NATS_URL: `nats://u:${encodeURIComponent(value)}@a,nats://${encodeURIComponent(value)}@b` },
    file: null,
  }),
  'as a password in URLs, as it is': (value) => ({ environ: { SLIPWAY_DATABASE_URL: `postgres://u:${value}@h/db`, SLIPWAY_NATS_URL: `nats://u:${value}@a` }, file: null }),
  'also where another setting should stand': (value) => ({ environ: { SLIPWAY_PHRASE: value, SLIPWAY_PORT: value, SLIPWAY_PLAIN: value }, file: null }),
};

describe('whatever a secret is', () => {
  it.each(Object.keys(placings))('it is not seen in what is printed, warned, refused or logged when given %s', (name) => {
    fc.assert(
      fc.property(secret, (value) => {
        const trimmed = value.trim();
        const { environ, file } = placings[name]?.(trimmed) ?? { environ: {}, file: null };
        const output = seen(environ, file);
        for (const form of [trimmed, encodeURIComponent(trimmed), JSON.stringify(trimmed).slice(1, -1)]) expect(output).not.toContain(form);
      }),
      { numRuns: 100 },
    );
  });
});

describe('wherever a value stands', () => {
  it('the environment comes before the file, the file before the default, in whatever form the file names it', () => {
    const port = fc.option(fc.integer({ min: 2, max: 65_535 }), { nil: undefined });
    const named = fc.constantFrom<(value: number) => object>(
      (value) => ({ SLIPWAY_PORT: value }),
      (value) => ({ port: value }),
      (value) => ({ slipway: { Port: value } }),
      (value) => ({ 'slipway.port': String(value) }),
    );
    fc.assert(
      fc.property(port, port, named, (inEnvironment, inFile, form) => {
        writeFileSync(configFile, JSON.stringify(inFile === undefined ? {} : form(inFile)));
        const environ = inEnvironment === undefined ? {} : { SLIPWAY_PORT: String(inEnvironment) };
        const { values, origins } = readSettings(settings, { environ, file: configFile });
        expect(values.SLIPWAY_PORT).toBe(inEnvironment ?? inFile ?? 1);
        expect(origins.SLIPWAY_PORT.source).toBe(inEnvironment !== undefined ? 'environment' : inFile !== undefined ? 'file' : 'default');
      }),
    );
  });
});
