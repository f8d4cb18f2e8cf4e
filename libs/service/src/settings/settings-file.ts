import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Loaded with the first settings file: most processes have none, and it is 72 modules. */
const loadYaml = (): typeof import('yaml') => createRequire(import.meta.url)('yaml') as typeof import('yaml');

/** Largest settings file, in bytes. */
export const SETTINGS_FILE_BYTES_MAX = 1024 * 1024;

/** What a settings file says, by variable name, as text; or what is wrong with it, one line each. */
export type SettingsFile = { readonly values: ReadonlyMap<string, string>; readonly problems: readonly string[] };

/**
 * Reads YAML (hence JSON too). A key is a variable's name (`SLIPWAY_PROXY_PORT: 8000`), or sections whose names, in any
 * case, make it: `proxy: { port: 8000 }`, `proxy.port`, `otel: { exporterOtlpEndpoint: … }`; SLIPWAY_ is put before all
 * but OTEL_. Lists are joined by commas; empty values and null count as not given.
 */
export function readSettingsFile(path: string): SettingsFile {
  let source: string;
  try {
    if (statSync(path).size > SETTINGS_FILE_BYTES_MAX) return failed(`is larger than ${SETTINGS_FILE_BYTES_MAX} bytes`);
    source = readFileSync(path, 'utf8');
  } catch (error) {
    return failed(`cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
  return parseSettings(source);
}

/** What a text in the form of a settings file says. Problems never quote it: it may hold secrets. */
export function parseSettings(source: string): SettingsFile {
  const { LineCounter, parseDocument } = loadYaml();
  const lines = new LineCounter();
  // Without a schema every scalar is the text that was written: a key of digits must not become a number.
  const document = parseDocument(source, { schema: 'failsafe', prettyErrors: false, lineCounter: lines, logLevel: 'silent' });
  const [broken] = document.errors;
  if (broken !== undefined) return failed(`is not valid YAML at line ${lines.linePos(broken.pos[0]).line} (${broken.code})`);
  let content: unknown;
  try {
    content = document.toJS();
  } catch {
    return failed('is not valid YAML (an alias leads nowhere, or too many are used)');
  }
  if (content === null || content === '') return { values: new Map(), problems: [] };
  if (typeof content !== 'object' || Array.isArray(content)) return failed('must hold names with their values');
  const found = { values: new Map<string, string>(), problems: [] as string[] };
  collect(content, [], found);
  return found;
}

const failed = (problem: string): SettingsFile => ({ values: new Map(), problems: [problem] });

function collect(section: object, above: readonly string[], into: { values: Map<string, string>; problems: string[] }): void {
  for (const [key, value] of Object.entries(section) as [string, unknown][]) {
    const path = [...above, key];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      collect(value, path, into);
      continue;
    }
    const name = variableName(path);
    const text = textOf(value);
    if (text === null) into.problems.push(`${name} must be one value or a list of values, not sections in a list`);
    else if (into.values.has(name)) into.problems.push(`${name} is given twice`);
    else if (text !== '' && text !== 'null' && text !== '~') into.values.set(name, text);
  }
}

function variableName(path: readonly string[]): string {
  const words = path.join('_').replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[.-]/g, '_').toUpperCase();
  return /^(?:SLIPWAY|OTEL)_/.test(words) ? words : `SLIPWAY_${words}`;
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value.trim();
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) return null;
  return value.join(',');
}
