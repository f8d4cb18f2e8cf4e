import os from 'node:os';
import path from 'node:path';

export type CliConfig = {
  /** Overrides the stored gateway. */
  readonly url: string | null;
  /** Overrides the stored token. */
  readonly token: string | null;
  /** For `chat`: an access token of the deployment, where one is at hand. */
  readonly accessToken: string | null;
  /** Where `login` keeps gateway and token. Absolute. */
  readonly signInFile: string;
  /** Whether colours may be used on a terminal: NO_COLOR is empty or not set. */
  readonly allowsColours: boolean;
};

export function cliConfig(variables: Readonly<Record<string, string | undefined>> = process.env): CliConfig {
  const given = (name: string): string | null => (variables[name] === undefined || variables[name] === '' ? null : variables[name]);
  const configHome = given('XDG_CONFIG_HOME') ?? path.join(given('HOME') ?? os.homedir(), '.config');
  return {
    url: given('SLIPWAY_URL'),
    token: given('SLIPWAY_TOKEN'),
    accessToken: given('SLIPWAY_ACCESS_TOKEN'),
    signInFile: path.resolve(configHome, 'slipway', 'config.json'),
    allowsColours: given('NO_COLOR') === null && given('TERM') !== 'dumb',
  };
}
