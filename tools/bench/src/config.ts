import path from 'node:path';
import { fileURLToPath } from 'node:url';

export type BenchConfig = {
  /** The checkout. */
  readonly home: string;
  /** Results, downloaded tools and scratch data; on the same disk as the checkout, because that is where a log would lie. */
  readonly resultsDirectory: string;
  readonly peersDirectory: string;
  /** What children inherit: nothing that an outer npm says of itself, no setting of a platform that may be running here. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where nginx and wrk are looked for. */
  readonly searchPath: readonly string[];
};

const homeDirectory = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/** A user's PATH often lacks them, and that is where Debian puts nginx. */
const SYSTEM_DIRECTORIES = ['/usr/sbin', '/usr/local/sbin', '/sbin'];

export function benchConfig(variables: Readonly<Record<string, string | undefined>> = process.env): BenchConfig {
  const directories = (variables['PATH'] ?? '').split(path.delimiter).filter((entry) => entry !== '' && !entry.split(path.sep).includes('node_modules'));
  const kept = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined && isKept(entry[0]));
  return {
    home: homeDirectory,
    resultsDirectory: path.join(homeDirectory, 'tools/bench/results'),
    peersDirectory: path.join(homeDirectory, 'tools/bench/peers'),
    environment: {
      NODE_COMPILE_CACHE: path.join(homeDirectory, 'node_modules/.cache/compiled'), // as `npm start` has it
      ...Object.fromEntries(kept),
      PATH: directories.join(path.delimiter),
    },
    searchPath: [...directories, ...SYSTEM_DIRECTORIES],
  };
}

const OF_AN_OUTER_NPM = /^npm_(?!config_(registry|cache|userconfig|globalconfig|cafile|https?_proxy|noproxy|strict_ssl)$)/i;
const isKept = (name: string): boolean => !OF_AN_OUTER_NPM.test(name) && !name.startsWith('SLIPWAY_') && name !== 'NODE_OPTIONS';
