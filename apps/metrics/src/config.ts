import { clusterSettings, defineSettings, milliseconds, portNumber, text } from '@slipway/service/process';
import { SCRAPE_INTERVAL_MS } from './engines/engine-scraper.js';

const SCRAPE_INTERVAL_MIN_MS = 1_000;
const { SLIPWAY_LOG_URL, SLIPWAY_NATS_URL, SLIPWAY_MASTER_KEY, SLIPWAY_INTERNAL_TOKEN } = clusterSettings;

/** The metrics service as a process of its own. */
export const metricsSettings = defineSettings({
  SLIPWAY_LOG_URL,
  SLIPWAY_NATS_URL,
  SLIPWAY_MASTER_KEY,
  SLIPWAY_INTERNAL_TOKEN,
  SLIPWAY_HOST: { ...text, default: '127.0.0.1', describe: 'Address the subgraph is served at' },
  SLIPWAY_PORT: { ...portNumber, default: 4103, describe: 'Port the subgraph is served at' },
  SLIPWAY_SCRAPE_INTERVAL_MS: { ...milliseconds(SCRAPE_INTERVAL_MIN_MS), default: SCRAPE_INTERVAL_MS, describe: 'How often engines are asked for their metrics' },
});

export const processEnvironment = (): Readonly<Record<string, string | undefined>> => process.env;
