import { clusterSettings, defineSettings, portNumber, text, url } from '@slipway/service/process';

/** The registry as a process of its own. */
export const registrySettings = defineSettings({
  ...clusterSettings,
  SLIPWAY_HOST: { ...text, default: '127.0.0.1', describe: 'Address the subgraph is served at' },
  SLIPWAY_PORT: { ...portNumber, default: 4101, describe: 'Port the subgraph is served at' },
  SLIPWAY_MODEL_ROOT: { ...text, default: 'models', describe: 'Folder of the model folders' },
  SLIPWAY_ENDPOINT_URL: { ...url('http', 'https'), default: 'http://127.0.0.1:8000', describe: 'Where clients reach the proxies, for the addresses of deployments' },
});

export const processEnvironment = (): Readonly<Record<string, string | undefined>> => process.env;
