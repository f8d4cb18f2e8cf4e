import type { z } from 'zod';

/** One value a service can be given: by environment, by file, or left at its default. */
export type Setting<S extends z.ZodType = z.ZodType> = {
  /** Takes text, as the environment gives it; values of a file reach it as text too. */
  readonly schema: S;
  /**
   * As the environment would say it. A function makes one from the settings before it in the definition.
   * `null`: the setting may be left out. Absent: it must be given.
   */
  readonly default?: string | number | null | ((earlier: Readonly<Record<string, unknown>>) => string | null);
  /** The default in words, where it is made by a function. */
  readonly defaultText?: string;
  /** One sentence for `--help`, without a full stop. */
  readonly describe: string;
  /** What the value must be, to follow "must be" in an error: `a whole number from 1 to 10`. */
  readonly expects?: string;
  /** Such as `ms`, for `--help`. */
  readonly unit?: string;
  /** Never shown anywhere; may be given as the content of the file that `<NAME>_FILE` names. */
  readonly secret?: true;
  /** Not a secret as a whole, but may hold one (a URL with a password): `<NAME>_FILE` works as well. */
  readonly secretFile?: true;
};

export type SettingDefinitions = Readonly<Record<string, Setting>>;

/** The parsed values by name; `null` where a setting may be left out and was. */
export type SettingValues<T extends SettingDefinitions> = {
  readonly [K in keyof T]: z.output<T[K]['schema']> | (T[K] extends { readonly default: null | ((...args: never) => null) } ? null : never);
};

const NAME = /^(?:SLIPWAY|OTEL)_[A-Z0-9]+(?:_[A-Z0-9]+)*$/;

/** The name under which a secret may be given as a file. */
export const fileVariableOf = (name: string): string => `${name}_FILE`;

export const mayComeByFile = ({ secret, secretFile }: Setting): boolean => secret === true || secretFile === true;

/**
 * The settings of one service: its schema for environment, file, `--help` and `--print-config` alike. Groups are joined
 * by spreading: `defineSettings({ ...clusterSettings, SLIPWAY_X: … })`.
 * @throws Error when a name is not one of ours, or could be taken for the file of another.
 */
export function defineSettings<const T extends SettingDefinitions>(definitions: T): T {
  for (const [name, setting] of Object.entries(definitions)) {
    if (!NAME.test(name)) throw new Error(`a setting is named in capitals after SLIPWAY_ or OTEL_, not ${name}`);
    if (mayComeByFile(setting) && Object.hasOwn(definitions, fileVariableOf(name))) throw new Error(`${fileVariableOf(name)} already means the file of ${name}`);
  }
  return definitions;
}
