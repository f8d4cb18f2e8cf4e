import { dirname, resolve } from 'node:path';
import { passwordsIn, secretCensor, withMaskedPasswords } from './masked-text.js';
import { nearestName } from './nearest-name.js';
import { readSecretFile } from './secret-file.js';
import { fileVariableOf, mayComeByFile, type Setting, type SettingDefinitions, type SettingValues } from './setting.js';
import { SettingsError } from './settings-error.js';
import { readSettingsFile } from './settings-file.js';

export type SettingSource = 'environment' | 'file' | 'default';

export type SettingsInput = {
  readonly environ: Readonly<Record<string, string | undefined>>;
  /** Path of a YAML or JSON file; default: what `SLIPWAY_CONFIG_FILE` of the environment names, if anything. */
  readonly file?: string | null;
  /** Names that mean something to other services of the platform: neither refused nor warned about. */
  readonly alsoKnown?: Iterable<string>;
};

/** Where a value came from and its text, for `--print-config`. `text` null: not set. May hold a secret. */
export type SettingOrigin = { readonly source: SettingSource; readonly text: string | null; readonly byFile: boolean };

export type SettingsReading<T extends SettingDefinitions> = {
  readonly values: SettingValues<T>;
  readonly origins: Readonly<Record<keyof T, SettingOrigin>>;
  /** One line each, none a secret. */
  readonly warnings: readonly string[];
  /** Every secret among the values, passwords in URLs included: to keep them out of what is logged. */
  readonly secrets: readonly string[];
};

export const CONFIG_FILE_VARIABLE = 'SLIPWAY_CONFIG_FILE';
const EMPTY = new Map<string, string>();

/**
 * The values of the settings: environment before file before default. Empty text counts as not given.
 * @throws SettingsError with every problem at once.
 */
export function readSettings<T extends SettingDefinitions>(settings: T, input: SettingsInput): SettingsReading<T> {
  const reading = new Reading(settings, input);
  const censor = secretCensor(reading.secrets) ?? ((text: string) => text);
  if (reading.problems.length > 0) throw new SettingsError(reading.problems.map(censor));
  return {
    values: reading.values as SettingValues<T>,
    origins: reading.origins as Record<keyof T, SettingOrigin>,
    warnings: reading.warnings.map(censor),
    secrets: [...reading.secrets],
  };
}

type Found = SettingOrigin & { readonly text: string };

class Reading {
  readonly values: Record<string, unknown> = {};
  readonly origins: Record<string, SettingOrigin> = {};
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly secrets = new Set<string>();
  readonly #environ: ReadonlyMap<string, string>;
  readonly #file: ReadonlyMap<string, string>;
  readonly #path: string | null;
  readonly #known: ReadonlySet<string>;

  constructor(
    settings: SettingDefinitions,
    { environ, file, alsoKnown = [] }: SettingsInput,
  ) {
    this.#environ = new Map(Object.entries(environ).flatMap(([name, value]) => (value === undefined || value.trim() === '' ? [] : [[name, value.trim()]])));
    this.#path = file === undefined ? (this.#environ.get(CONFIG_FILE_VARIABLE) ?? null) : file;
    this.#known = new Set([CONFIG_FILE_VARIABLE, ...alsoKnown, ...namesOf(settings)]);
    this.#file = this.#path === null ? EMPTY : this.#readFile(this.#path);
    for (const [name, setting] of Object.entries(settings)) this.#read(name, setting);
    this.#judgeUnknown();
  }

  #readFile(path: string): ReadonlyMap<string, string> {
    const { values, problems } = readSettingsFile(path);
    for (const problem of problems) this.problems.push(`${CONFIG_FILE_VARIABLE}: the file '${path}' ${problem}`);
    return values;
  }

  #read(name: string, setting: Setting): void {
    const found = this.#find(name, setting);
    if (found === 'wrong') return;
    const text = found === null ? this.#defaultOf(setting) : found.text;
    this.origins[name] = found ?? { source: 'default', text, byFile: false };
    if (text !== null) {
      if (setting.secret === true) this.secrets.add(text);
      for (const password of passwordsIn(text)) this.secrets.add(password);
    }
    if (text === null) {
      if (setting.default === undefined) this.problems.push(`${name} is not set; it must be ${expectation(setting)}`);
      // Where another setting failed, a default made of it cannot be had, and that problem has been told.
      this.values[name] = null;
      return;
    }
    const parsed = setting.schema.safeParse(text);
    if (parsed.success) this.values[name] = parsed.data;
    else {
      const must = expectation(setting, parsed.error.issues.map(({ message }) => message));
      this.problems.push(`${name} ${shown(text, setting)} (${found?.source ?? 'default'}); it must be ${must}`);
    }
  }

  #find(name: string, setting: Setting): Found | null | 'wrong' {
    for (const [source, given] of [['environment', this.#environ], ['file', this.#file]] as const) {
      const text = given.get(name);
      const path = mayComeByFile(setting) ? given.get(fileVariableOf(name)) : undefined;
      if (text !== undefined && path !== undefined) {
        if (setting.secret === true) this.secrets.add(text);
        this.problems.push(`${name} and ${fileVariableOf(name)} are both set in the ${source}; keep one of them`);
        return 'wrong';
      }
      if (text !== undefined) return { source, text, byFile: false };
      if (path !== undefined) return this.#readSecret(name, source, path);
    }
    return null;
  }

  #readSecret(name: string, source: 'environment' | 'file', path: string): Found | 'wrong' {
    const base = source === 'file' && this.#path !== null ? dirname(this.#path) : '.';
    const read = readSecretFile(resolve(base, path));
    if ('problem' in read) {
      this.problems.push(`${fileVariableOf(name)} ${read.problem}`);
      return 'wrong';
    }
    if (read.isTooOpen) this.warnings.push(`${fileVariableOf(name)} names a file that others on this machine may read or change; chmod 600 closes it`);
    return { source, text: read.content, byFile: true };
  }

  #defaultOf(setting: Setting): string | null {
    const { default: given } = setting;
    if (given === undefined || given === null) return null;
    if (typeof given !== 'function') return String(given);
    return given(this.values);
  }

  #judgeUnknown(): void {
    const hint = (name: string): string => {
      const near = nearestName(name, this.#known);
      return near === null ? '--help lists the settings there are' : `did you mean ${near}?`;
    };
    for (const name of this.#file.keys()) {
      if (!this.#known.has(name)) this.problems.push(`${name} in the file '${String(this.#path)}' is not a setting; ${hint(name)}`);
    }
    for (const name of this.#environ.keys()) {
      if (name.startsWith('SLIPWAY_') && !this.#known.has(name)) this.warnings.push(`${name} in the environment is not a setting of this service and does nothing; ${hint(name)}`);
    }
  }
}

/** Every name under which something can be given: the settings', and those of their files. */
export function namesOf(settings: SettingDefinitions): readonly string[] {
  return Object.entries(settings).flatMap(([name, setting]) => (mayComeByFile(setting) ? [name, fileVariableOf(name)] : [name]));
}

function expectation({ expects, describe }: Setting, messages: readonly string[] = []): string {
  return expects ?? (messages.length > 0 ? `another value (${messages.join('; ')})` : `the ${describe}`);
}

/** A value that may hold a secret is not shown when it is wrong: what is wrong may be where the secret stands. */
function shown(text: string, setting: Setting): string {
  return mayComeByFile(setting) ? 'has a value that does not fit, not shown here' : `is '${withMaskedPasswords(text)}'`;
}
