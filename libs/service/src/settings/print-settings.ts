import { MASK, secretCensor, withMaskedPasswords } from './masked-text.js';
import type { SettingOrigin, SettingsReading } from './read-settings.js';
import { fileVariableOf, type Setting, type SettingDefinitions } from './setting.js';

/**
 * For `--print-config`: YAML in the form a settings file takes, each value with where it came from, secrets masked:
 * `SLIPWAY_PROXY_PORT: "8000" # default`. What may be left out and was is a comment.
 */
export function printSettings<T extends SettingDefinitions>(settings: T, { origins, secrets }: SettingsReading<T>): string {
  const censor = secretCensor(secrets) ?? ((text: string) => text);
  return Object.entries(settings)
    .map(([name, setting]) => line(name, setting, origins[name as keyof T], censor))
    .join('');
}

function line(name: string, setting: Setting, { text, source, byFile }: SettingOrigin, censor: (text: string) => string): string {
  if (text === null) return `# ${name}: # not set\n`;
  const comment = byFile ? `${source}, by ${fileVariableOf(name)}` : source;
  return `${name}: ${JSON.stringify(setting.secret === true ? MASK : censor(withMaskedPasswords(text)))} # ${comment}\n`;
}
