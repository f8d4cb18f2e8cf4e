import { parseArgs } from 'node:util';
import { announcement } from './announcement.js';
import { places, standaloneConfig, type StandaloneConfig } from './config.js';
import { installDemoModel } from './demo/demo-model.js';
import { askDemo, awaitServing, DEMO_NAME, launchDemo, QUESTION } from './demo/first-launch.js';
import { GraphClient } from './demo/graph-client.js';
import { readAdminToken } from './demo/admin-token-file.js';
import { startPlatform, type Platform } from './supervisor/platform.js';

const HELP = `Slipway: launches models.

  npm start [-- options]

  --no-demo    do not deploy the bundled model on the first run
  --help       this text

Environment:
  SLIPWAY_DATA_DIR       where everything is kept (.slipway in the checkout)
  SLIPWAY_MODEL_ROOT     folder of the model folders (models in the data directory)
  SLIPWAY_GATEWAY_PORT   GraphQL (4000)
  SLIPWAY_PROXY_PORT     OpenAI endpoint (8000)
  SLIPWAY_HOST           address both listen on (127.0.0.1)
  SLIPWAY_ADMIN_TOKEN    admin token, instead of a generated one
  SLIPWAY_LOG_LEVEL      of the services' log (info)
`;

const EXIT_USAGE = 2;
const say = (text: string): void => void process.stdout.write(text);

function fail(message: string, exitCode = 1): never {
  process.stderr.write(`slipway: ${message}\n`);
  process.exit(exitCode);
}

function readArguments(): { readonly demo: boolean } {
  try {
    const { values } = parseArgs({ options: { 'no-demo': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
    if (values.help === true) {
      say(HELP);
      process.exit(0);
    }
    return { demo: values['no-demo'] !== true };
  } catch (error) {
    return fail(`${(error as Error).message.split('\n')[0]} (see npm start -- --help)`, EXIT_USAGE);
  }
}

function readConfig(): StandaloneConfig {
  try {
    return standaloneConfig();
  } catch (error) {
    return fail((error as Error).message, EXIT_USAGE);
  }
}

/** The first deployment, and one question to it on the first run. */
async function demo(config: StandaloneConfig, platform: Platform): Promise<boolean> {
  const at = places(config.dataDir);
  const graph = new GraphClient(platform.graphUrl, readAdminToken(config));
  installDemoModel(config.modelRoot);
  const launched = await launchDemo(graph, { token: at.demoToken, launchKey: at.demoLaunchKey });
  if (launched === null) return false;
  const startedAtMs = Date.now();
  const elapsed = (): string => `${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`;
  await awaitServing(graph, launched.id, (status, ready, desired) => say(`  ${DEMO_NAME}  ${status.padEnd(12)} ${ready}/${desired} replicas ready  ${elapsed()}\n`));
  if (!launched.isNew) return true;
  say(`\n  > ${QUESTION}\n  `);
  await askDemo(platform.openAiBaseUrl, launched.token, say);
  say('\n');
  return true;
}

const { demo: wantsDemo } = readArguments();
const config = readConfig();
const at = places(config.dataDir);

let platform: Platform | null = null;
let stopping = false;
const stop = async (): Promise<void> => {
  if (stopping) return;
  stopping = true;
  say('\nStopping: finishing what runs …\n');
  await platform?.stop();
  say('Stopped.\n');
  process.exit(0);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());

try {
  const startedAtMs = Date.now();
  platform = await startPlatform(config, (name, how) => say(`  the ${name} ended (${how}) and is started again\n`));
  say(`Slipway is up after ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s.\n`);
  if (platform.adminTokenCreated) say(`\n  Admin token, shown this once: ${readAdminToken(config)}\n\n`);
  const hasDemo = wantsDemo && (await demo(config, platform));
  const { graphUrl, openAiBaseUrl } = platform;
  say(announcement({ graphUrl, openAiBaseUrl, adminTokenFile: at.adminToken, demoTokenFile: hasDemo ? at.demoToken : null }));
} catch (error) {
  if (!stopping) {
    await platform?.stop();
    fail((error as Error).message);
  }
}
