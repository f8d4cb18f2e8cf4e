import path from 'node:path';
import { fileURLToPath } from 'node:url';

export type ReplayConfig = {
  /** Where the platform keeps its log and read models, unless the command line names another place. Absolute. */
  readonly dataDir: string;
  /** The log, where it is not the data directory's; see LOG_ADDRESS_FORMS. */
  readonly logUrl: string | null;
  /** The PostgreSQL database of the read models, where they are not the data directory's. */
  readonly databaseUrl: string | null;
};

/** The folder of the checkout: three up from `tools/replay/{src,dist}`. */
const homeDirectory = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/** The same places the platform takes: `.slipway` in the checkout, or SLIPWAY_DATA_DIR, seen from the checkout. */
export function replayConfig(variables: Readonly<Record<string, string | undefined>> = process.env): ReplayConfig {
  const given = (name: string): string | null => (variables[name] === undefined || variables[name] === '' ? null : variables[name]);
  return {
    dataDir: path.resolve(homeDirectory, given('SLIPWAY_DATA_DIR') ?? '.slipway'),
    logUrl: given('SLIPWAY_LOG_URL'),
    databaseUrl: given('SLIPWAY_DATABASE_URL'),
  };
}
