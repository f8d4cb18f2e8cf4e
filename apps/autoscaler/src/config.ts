import { clusterSettings, defineSettings, milliseconds, portNumber, text } from '@slipway/service/process';
import { SCALE_INTERVAL_MS } from './evaluation/scale-evaluator.js';

const SCALE_INTERVAL_MIN_MS = 500;
const { SLIPWAY_LOG_URL, SLIPWAY_NATS_URL, SLIPWAY_DATABASE_URL, SLIPWAY_MASTER_KEY, SLIPWAY_INTERNAL_TOKEN } = clusterSettings;

/** The autoscaler as a process of its own. */
export const autoscalerSettings = defineSettings({
  SLIPWAY_LOG_URL,
  SLIPWAY_NATS_URL,
  SLIPWAY_DATABASE_URL,
  SLIPWAY_MASTER_KEY,
  SLIPWAY_INTERNAL_TOKEN,
  SLIPWAY_HOST: { ...text, default: '127.0.0.1', describe: 'Address the subgraph is served at' },
  SLIPWAY_PORT: { ...portNumber, default: 4104, describe: 'Port the subgraph is served at' },
  SLIPWAY_SCALE_INTERVAL_MS: { ...milliseconds(SCALE_INTERVAL_MIN_MS), default: SCALE_INTERVAL_MS, describe: 'How often auto-scaling rules are evaluated' },
});

export const processEnvironment = (): Readonly<Record<string, string | undefined>> => process.env;
