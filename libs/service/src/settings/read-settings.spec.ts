import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { derivedKey } from '../secrets/master-key.js';
import { describeSettings } from './describe-settings.js';
import { printSettings } from './print-settings.js';
import { readSettings, type SettingsInput } from './read-settings.js';
import { defineSettings } from './setting.js';
import { clusterSettings, commonSettings } from './setting-groups.js';
import { SettingsError } from './settings-error.js';
import { parseSettings } from './settings-file.js';
import { milliseconds, oneOf, portNumber, text, token, url, urls } from './value-schemas.js';

const settings = defineSettings({
  SLIPWAY_PROXY_PORT: { ...portNumber, default: 8000, describe: 'Port of the OpenAI endpoint' },
  SLIPWAY_PROXY_HOST: { ...text, default: '127.0.0.1', describe: 'Address of the OpenAI endpoint' },
  SLIPWAY_PROXY_ENGINE: { ...oneOf('http1', 'node'), default: 'http1', describe: 'How requests are forwarded' },
  SLIPWAY_WAIT_MS: { ...milliseconds(10), default: 50, describe: 'How long to wait' },
  SLIPWAY_LOG_URL: { ...url('postgres', 'sqlite'), secretFile: true, describe: 'The event log' },
  SLIPWAY_NATS_URL: { ...urls('nats'), default: 'nats://a,nats://b', secretFile: true, describe: 'NATS servers' },
  SLIPWAY_KEY: { ...token, default: null, secret: true, describe: 'A key' },
});

const folder = mkdtempSync(join(tmpdir(), 'settings-spec-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SECRET = 'a-secret-of-this-test';
const LOG = { SLIPWAY_LOG_URL: 'sqlite:log.sqlite' };
const file = (name: string, content: string, mode = 0o600): string => {
  writeFileSync(join(folder, name), content);
  chmodSync(join(folder, name), mode);
  return join(folder, name);
};
const problems = (input: SettingsInput): readonly string[] => {
  try {
    readSettings(settings, input);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
};

describe('settings', () => {
  it('come from the environment before the file before the default, parsed', () => {
    const path = file('order.yaml', 'SLIPWAY_PROXY_PORT: 7001\nSLIPWAY_PROXY_HOST: 0.0.0.0\n');
    const { values, origins } = readSettings(settings, { environ: { ...LOG, SLIPWAY_CONFIG_FILE: path, SLIPWAY_PROXY_PORT: '7002', SLIPWAY_WAIT_MS: '' } });
    const port: number = values.SLIPWAY_PROXY_PORT;
    const key: string | null = values.SLIPWAY_KEY;
    expect({ port, key, host: values.SLIPWAY_PROXY_HOST, waitMs: values.SLIPWAY_WAIT_MS, nats: values.SLIPWAY_NATS_URL }).toEqual({
      port: 7002,
      key: null,
      host: '0.0.0.0',
      waitMs: 50,
      nats: ['nats://a', 'nats://b'],
    });
    expect([origins.SLIPWAY_PROXY_PORT.source, origins.SLIPWAY_PROXY_HOST.source, origins.SLIPWAY_WAIT_MS.source]).toEqual(['environment', 'file', 'default']);
  });

  it('may stand in sections, in YAML or JSON, and lists are joined', () => {
    const path = file('sections.json', JSON.stringify({ proxy: { port: 7001, host: 'h' }, nats: { url: ['nats://x', 'nats://y'] }, slipway: { waitMs: 20 }, 'log.url': 'sqlite:a' }));
    const { values } = readSettings(settings, { environ: {}, file: path });
    expect(values).toMatchObject({ SLIPWAY_PROXY_PORT: 7001, SLIPWAY_PROXY_HOST: 'h', SLIPWAY_NATS_URL: ['nats://x', 'nats://y'], SLIPWAY_WAIT_MS: 20, SLIPWAY_LOG_URL: 'sqlite:a' });
  });

  it('are told all at once when they do not fit, with variable, value and fix', () => {
    const path = file('wrong.yaml', 'proxy:\n  prot: 1\n  engine: fast\n');
    expect(problems({ environ: { SLIPWAY_PROXY_PORT: 'eighty', SLIPWAY_WAIT_MS: '5', SLIPWAY_KEY: 'short' }, file: path })).toEqual([
      "SLIPWAY_PROXY_PORT is 'eighty' (environment); it must be a whole number from 0 to 65535",
      "SLIPWAY_PROXY_ENGINE is 'fast' (file); it must be http1 or node",
      "SLIPWAY_WAIT_MS is '5' (environment); it must be a whole number from 10 to 3600000",
      'SLIPWAY_LOG_URL is not set; it must be a URL that begins with postgres:// or sqlite:',
      'SLIPWAY_KEY has a value that does not fit, not shown here (environment); it must be at least 16 visible ASCII characters without spaces',
      `SLIPWAY_PROXY_PROT in the file '${path}' is not a setting; did you mean SLIPWAY_PROXY_PORT?`,
    ]);
  });

  it('warn of unknown names in the environment, but not of those of other services', () => {
    const environ = { ...LOG, SLIPWAY_PROXY_PROT: '1', SLIPWAY_GATEWAY_PORT: '1', PATH: '/bin', OTEL_BSP_SCHEDULE_DELAY: '1' };
    const { warnings } = readSettings(settings, { environ, alsoKnown: ['SLIPWAY_GATEWAY_PORT'] });
    expect(warnings).toEqual(['SLIPWAY_PROXY_PROT in the environment is not a setting of this service and does nothing; did you mean SLIPWAY_PROXY_PORT?']);
  });

  it.each([
    ['absent.yaml', null, 'cannot be read (ENOENT)'],
    ['broken.yaml', 'a: b\nc: "d\\q"\n', 'is not valid YAML at line 2'],
    ['list.yaml', '- a\n', 'must hold names with their values'],
    ['twice.yaml', 'log: { url: "sqlite:a" }\nSLIPWAY_LOG_URL: "sqlite:a"\n', 'SLIPWAY_LOG_URL is given twice'],
    ['nested.yaml', 'nats: { url: [{ a: b }] }\n', 'SLIPWAY_NATS_URL must be one value or a list'],
  ])('say what is wrong with %s', (name, content, problem) => {
    const path = content === null ? join(folder, name) : file(name, content);
    expect(problems({ environ: LOG, file: path })).toContainEqual(expect.stringContaining(problem));
  });

  it('keep a value of digits as it was written', () => {
    expect(parseSettings(`master: { key: ${'0'.repeat(64)} }\nlong: 12345678901234567890`).values).toEqual(
      new Map([
        ['SLIPWAY_MASTER_KEY', '0'.repeat(64)],
        ['SLIPWAY_LONG', '12345678901234567890'],
      ]),
    );
  });
});

describe('a secret', () => {
  it('may be the content of a file, by environment or file, without the white space around it', () => {
    const path = file('key', `  ${SECRET}\n`);
    expect(readSettings(settings, { environ: { ...LOG, SLIPWAY_KEY_FILE: path } })).toMatchObject({ values: { SLIPWAY_KEY: SECRET }, warnings: [], secrets: [SECRET] });
    const config = file('by-file.yaml', 'SLIPWAY_KEY_FILE: key\n');
    expect(readSettings(settings, { environ: LOG, file: config }).values.SLIPWAY_KEY).toBe(SECRET);
  });

  it('in a file that is open to others is taken with a warning', () => {
    const path = file('open-key', SECRET, 0o644);
    expect(readSettings(settings, { environ: { ...LOG, SLIPWAY_KEY_FILE: path } }).warnings).toEqual([expect.stringContaining('SLIPWAY_KEY_FILE names a file that others')]);
    chmodSync(path, 0o440);
    expect(readSettings(settings, { environ: { ...LOG, SLIPWAY_KEY_FILE: path } }).warnings).toEqual([]);
  });

  it.each([
    ['given twice', { SLIPWAY_KEY: SECRET, SLIPWAY_KEY_FILE: '/x' }, 'SLIPWAY_KEY and SLIPWAY_KEY_FILE are both set in the environment; keep one of them'],
    ['itself in place of its path', { SLIPWAY_KEY_FILE: SECRET }, 'SLIPWAY_KEY_FILE names a file that is not there; it takes the path of a file, not the secret itself'],
    ['a folder', { SLIPWAY_KEY_FILE: tmpdir() }, 'SLIPWAY_KEY_FILE names a file that cannot be read (EISDIR)'],
  ])('is refused when %s', (_name, environ, problem) => {
    expect(problems({ environ: { ...LOG, ...environ } })).toEqual([problem]);
  });

  it('in the environment comes before one in the file', () => {
    const config = file('key.yaml', `SLIPWAY_KEY: ${SECRET}\n`);
    expect(readSettings(settings, { environ: { ...LOG, SLIPWAY_KEY_FILE: file('other', 'x'.repeat(20)) }, file: config }).values.SLIPWAY_KEY).toBe('x'.repeat(20));
  });
});

describe('what is printed', () => {
  it('is YAML with sources, secrets masked, that a file may hold', () => {
    const reading = readSettings(settings, { environ: { SLIPWAY_LOG_URL: 'postgres://u:hunter22@h/db', SLIPWAY_KEY: SECRET, SLIPWAY_PROXY_HOST: 'h' } });
    const printed = printSettings(settings, reading);
    expect(printed).toBe(
      [
        'SLIPWAY_PROXY_PORT: "8000" # default',
        'SLIPWAY_PROXY_HOST: "h" # environment',
        'SLIPWAY_PROXY_ENGINE: "http1" # default',
        'SLIPWAY_WAIT_MS: "50" # default',
        'SLIPWAY_LOG_URL: "postgres://u:••••@h/db" # environment',
        'SLIPWAY_NATS_URL: "nats://a,nats://b" # default',
        'SLIPWAY_KEY: "••••" # environment',
        '',
      ].join('\n'),
    );
    expect(parseSettings(printed).values.get('SLIPWAY_PROXY_PORT')).toBe('8000');
  });

  it('describes every setting with unit, default and file', () => {
    const help = describeSettings(settings);
    expect(help).toContain('  SLIPWAY_PROXY_PORT    Port of the OpenAI endpoint (8000)\n');
    expect(help).toContain('  SLIPWAY_WAIT_MS       How long to wait (ms, 50)\n');
    expect(help).toContain('  SLIPWAY_LOG_URL       The event log (required, or the file SLIPWAY_LOG_URL_FILE)\n');
    expect(help).toContain('  SLIPWAY_KEY           A key (optional, or the file SLIPWAY_KEY_FILE)\n');
  });
});

describe('the groups of settings', () => {
  const key = 'ab'.repeat(32);
  const environ = { SLIPWAY_LOG_URL: 'esdb://a:2113,b:2113?tls=false', SLIPWAY_DATABASE_URL: 'postgres://h/db', SLIPWAY_MASTER_KEY: key };

  it('derive the internal token from the master key unless it is given', () => {
    const derived = readSettings(clusterSettings, { environ });
    expect(derived.values.SLIPWAY_INTERNAL_TOKEN).toBe(derivedKey(Buffer.from(key, 'hex'), 'internal-token').toString('hex'));
    expect(printSettings(clusterSettings, derived)).not.toContain(derived.values.SLIPWAY_INTERNAL_TOKEN);
    expect(readSettings(clusterSettings, { environ: { ...environ, SLIPWAY_INTERNAL_TOKEN: SECRET } }).values.SLIPWAY_INTERNAL_TOKEN).toBe(SECRET);
  });

  it('say once that the master key is missing', () => {
    expect(() => readSettings(clusterSettings, { environ: { ...environ, SLIPWAY_MASTER_KEY: undefined } })).toThrow(/^SLIPWAY_MASTER_KEY is not set; it must be 32 bytes in hex[^\n]*$/);
  });

  it('name each instance, and have defaults for all a process needs', () => {
    const { values } = readSettings(commonSettings, { environ: {} });
    expect(values.SLIPWAY_INSTANCE).toMatch(new RegExp(`-${process.pid}$`));
    expect(values).toMatchObject({ SLIPWAY_TELEMETRY: 'off', SLIPWAY_METRICS: 'on', SLIPWAY_LOG_LEVEL: 'info', OTEL_TRACES_SAMPLER_ARG: 1 });
  });

  it('refuse names that are not ours or mean the file of another', () => {
    expect(() => defineSettings({ PORT: { ...text, describe: 'x' } })).toThrow('PORT');
    expect(() => defineSettings({ SLIPWAY_A: { ...text, secret: true, describe: 'x' }, SLIPWAY_A_FILE: { ...text, describe: 'y' } })).toThrow('SLIPWAY_A_FILE');
  });
});
