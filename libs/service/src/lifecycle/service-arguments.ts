import { parseArgs } from 'node:util';
import { describeSettings } from '../settings/describe-settings.js';
import type { SettingDefinitions } from '../settings/setting.js';

export type ServiceRequest = 'run' | 'help' | 'version' | 'print-config' | { readonly unusable: string };

/** What the command line asks of a service. */
export function serviceRequest(args: readonly string[]): ServiceRequest {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' }, 'print-config': { type: 'boolean' } },
    });
    return values.help === true ? 'help' : values.version === true ? 'version' : values['print-config'] === true ? 'print-config' : 'run';
  } catch (error) {
    return { unusable: ((error as Error).message.split(/[\n.]/, 1)[0] ?? '').replace(/^./, (first) => first.toLowerCase()) };
  }
}

export function serviceHelp(name: string, summary: string, settings: SettingDefinitions): string {
  return `slipway ${name}: ${summary}

  --print-config   print the settings as they are now, secrets masked, and where each comes from
  --version        print the version
  --help           this text

Settings, by environment or in the YAML or JSON file that SLIPWAY_CONFIG_FILE names (as they are here, or in sections:
\`proxy: { port: 8000 }\` is SLIPWAY_PROXY_PORT). A secret may stand in a file of its own, named by <setting>_FILE.

${describeSettings(settings)}
Exit codes: 0 stopped as told, 64 unknown argument, 70 internal error, 75 cannot start now but may later, 78 settings do not fit.
`;
}
