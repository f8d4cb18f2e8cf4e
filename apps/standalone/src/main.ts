import { parseArgs } from 'node:util';
import { standaloneConfig, type StandaloneConfig } from './config.js';
import { fail, runPlatform } from './run-platform.js';
import { startPlatform } from './supervisor/platform.js';

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

function readArguments(): { readonly demo: boolean } {
  try {
    const { values } = parseArgs({ options: { 'no-demo': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
    if (values.help === true) {
      process.stdout.write(HELP);
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

const { demo } = readArguments();
await runPlatform({ config: readConfig(), wantsDemo: demo, start: startPlatform });
