import { fail, runPlatform } from '../run-platform.js';
import { CLUSTER_HELP, localClusterConfig, type LocalClusterConfig } from './config.js';
import { startLocalCluster } from './local-cluster.js';

const EXIT_USAGE = 2;

function readConfig(): LocalClusterConfig {
  try {
    const config = localClusterConfig(process.argv.slice(2));
    if (config !== 'help') return config;
    process.stdout.write(CLUSTER_HELP);
    return process.exit(0);
  } catch (error) {
    return fail(`${(error as Error).message.split('\n')[0]} (see npm run cluster -- --help)`, EXIT_USAGE);
  }
}

const config = readConfig();
await runPlatform({ config, wantsDemo: config.wantsDemo, start: startLocalCluster });
