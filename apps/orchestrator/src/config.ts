import { clusterSettings, defineSettings, portNumber, text } from '@slipway/service/process';

/** The orchestrator as a process of its own. */
export const orchestratorSettings = defineSettings({
  ...clusterSettings,
  SLIPWAY_HOST: { ...text, default: '127.0.0.1', describe: 'Address the subgraph is served at' },
  SLIPWAY_PORT: { ...portNumber, default: 4102, describe: 'Port the subgraph is served at' },
  SLIPWAY_MODEL_ROOT: { ...text, default: 'models', describe: 'Folder of the model folders' },
  SLIPWAY_DATA_DIR: { ...text, default: '.slipway', describe: 'Folder of the replicas that run on this machine; instances that take over from each other share it' },
  SLIPWAY_REPLICA_HOST: { ...text, default: '127.0.0.1', describe: 'Address replicas listen at and proxies call them at' },
});

export const processEnvironment = (): Readonly<Record<string, string | undefined>> => process.env;
