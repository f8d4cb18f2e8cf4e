import { withMaskedPasswords } from './masked-text.js';
import { fileVariableOf, mayComeByFile, type Setting, type SettingDefinitions } from './setting.js';

/** Widest name that has its description on the same line, in characters. */
const NAME_WIDTH_MAX = 36;

/** For `--help`: one aligned line per setting, with unit, default and how else it may be given. */
export function describeSettings(settings: SettingDefinitions): string {
  const entries = Object.entries(settings);
  const width = Math.min(NAME_WIDTH_MAX, Math.max(...entries.map(([name]) => name.length)));
  return entries.map(([name, setting]) => `  ${label(name, width)}  ${sentence(name, setting)}\n`).join('');
}

function label(name: string, width: number): string {
  return name.length <= width ? name.padEnd(width) : `${name}\n  ${' '.repeat(width)}`;
}

function sentence(name: string, setting: Setting): string {
  const notes = [setting.unit, defaultNote(setting), mayComeByFile(setting) ? `or the file ${fileVariableOf(name)}` : undefined];
  return `${setting.describe} (${notes.filter((note) => note !== undefined).join(', ')})`;
}

function defaultNote({ default: given, defaultText, secret }: Setting): string {
  if (defaultText !== undefined) return defaultText;
  if (given === undefined) return 'required';
  if (given === null || typeof given === 'function') return 'optional';
  return secret === true ? 'has a default' : withMaskedPasswords(String(given));
}
