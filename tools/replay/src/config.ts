import path from 'node:path';
import { fileURLToPath } from 'node:url';

export type ReplayConfig = {
  /** Where the platform keeps its log and read models, unless the command line names another place. Absolute. */
  readonly dataDir: string;
};

/** The folder of the checkout: three up from `tools/replay/{src,dist}`. */
const homeDirectory = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/** The same place the platform takes: `.slipway` in the checkout, or SLIPWAY_DATA_DIR, seen from the checkout. */
export function replayConfig(variables: Readonly<Record<string, string | undefined>> = process.env): ReplayConfig {
  const given = variables['SLIPWAY_DATA_DIR'];
  return { dataDir: path.resolve(homeDirectory, given === undefined || given === '' ? '.slipway' : given) };
}
