/** The variables services read. What may hold a secret can be given as a file as well: the name with `_FILE`. */
const SETTINGS = [
  'SLIPWAY_INSTANCE', 'SLIPWAY_CONFIG_FILE', 'SLIPWAY_LOG_LEVEL', 'SLIPWAY_HEALTH_HOST', 'SLIPWAY_HEALTH_PORT', 'SLIPWAY_METRICS', 'SLIPWAY_UNREADY_MS',
  'SLIPWAY_STOP_TIMEOUT_MS', 'SLIPWAY_TELEMETRY', 'SLIPWAY_HOST', 'SLIPWAY_PORT', 'SLIPWAY_GATEWAY_HOST', 'SLIPWAY_GATEWAY_PORT', 'SLIPWAY_GATEWAY_CACHE_DIR',
  'SLIPWAY_SUBGRAPHS', 'SLIPWAY_SUBGRAPH_POLL_MS', 'SLIPWAY_PROXY_HOST', 'SLIPWAY_PROXY_PORT', 'SLIPWAY_PROXY_ENGINE', 'SLIPWAY_ENDPOINT_URL',
  'SLIPWAY_MODEL_ROOT', 'SLIPWAY_DATA_DIR', 'SLIPWAY_REPLICA_HOST', 'SLIPWAY_SCRAPE_INTERVAL_MS', 'SLIPWAY_SCALE_INTERVAL_MS',
];
const SECRETS = [
  'SLIPWAY_LOG_URL', 'SLIPWAY_DATABASE_URL', 'SLIPWAY_NATS_URL', 'SLIPWAY_MASTER_KEY', 'SLIPWAY_INTERNAL_TOKEN', 'SLIPWAY_ADMIN_TOKEN', 'SLIPWAY_METRICS_TOKEN',
];

export const KNOWN_SETTINGS = new Set([...SETTINGS, ...SECRETS, ...SECRETS.map((name) => `${name}_FILE`)]);

/** Variables that hold a secret themselves: they belong in no file of this repository and no ConfigMap. */
export const SECRET_SETTINGS = new Set(SECRETS);

/** The names of ours that no service reads. */
export const unknownSettings = (names) => names.filter((name) => name.startsWith('SLIPWAY_') && !KNOWN_SETTINGS.has(name));
