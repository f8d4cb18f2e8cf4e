import { z } from 'zod';
import { hostname } from 'node:os';
import { namesOf } from './read-settings.js';
import { derivedKey } from '../secrets/master-key.js';
import { defineSettings } from './setting.js';
import { milliseconds, oneOf, onOrOff, portNumber, ratio, text, token, url, urls } from './value-schemas.js';

const MASTER_KEY_BYTES = 32;
const STOP_TIMEOUT_MIN_MS = 100;

/** What every service process takes; `runServiceProcess` adds them by itself. */
export const commonSettings = defineSettings({
  SLIPWAY_CONFIG_FILE: { ...text, default: null, describe: 'YAML or JSON file of settings; the environment comes before it' },
  SLIPWAY_INSTANCE: {
    ...text,
    default: () => `${hostname()}-${process.pid}`,
    defaultText: 'host name and process id',
    describe: 'Name of this instance, in logs, leases and telemetry',
  },
  SLIPWAY_LOG_LEVEL: { ...oneOf('trace', 'debug', 'info', 'warn', 'error', 'silent'), default: 'info', describe: 'Least severe lines that are logged' },
  SLIPWAY_HEALTH_HOST: { ...text, default: '127.0.0.1', describe: 'Address of /livez, /readyz and /metrics' },
  SLIPWAY_HEALTH_PORT: { ...portNumber, default: 0, describe: 'Port of /livez, /readyz and /metrics; 0: a free one, told in the log' },
  SLIPWAY_METRICS: { ...onOrOff, default: 'on', describe: 'Whether /metrics answers' },
  SLIPWAY_METRICS_TOKEN: { ...token, default: null, secret: true, describe: 'Bearer token for /metrics; without one, programs on this machine only' },
  SLIPWAY_UNREADY_MS: { ...milliseconds(), default: 0, describe: 'How long a stopping service is unready before it drains, so that balancers notice' },
  SLIPWAY_STOP_TIMEOUT_MS: { ...milliseconds(STOP_TIMEOUT_MIN_MS), default: 25_000, describe: 'How long a stopping service may take in all' },
  SLIPWAY_TELEMETRY: { ...onOrOff, default: 'off', describe: 'Whether traces are made and sent' },
  OTEL_SERVICE_NAME: { ...text, default: null, describe: 'Name of the service in traces and metrics, instead of its own' },
  OTEL_EXPORTER_OTLP_ENDPOINT: { ...url('http', 'https'), default: 'http://127.0.0.1:4318', secretFile: true, describe: 'Where traces are sent (OTLP over HTTP)' },
  OTEL_TRACES_SAMPLER_ARG: { ...ratio, default: '1', describe: 'Share of the traces begun here that are recorded' },
});

/** What the services of the cluster shape share. */
export const clusterSettings = defineSettings({
  SLIPWAY_LOG_URL: {
    ...url('postgres', 'postgresql', 'esdb', 'esdb+discover', 'sqlite', 'memory'),
    secretFile: true,
    describe: 'The event log',
  },
  SLIPWAY_DATABASE_URL: { ...url('postgres', 'postgresql'), secretFile: true, describe: 'Postgres of read models, leases and secrets' },
  SLIPWAY_NATS_URL: { ...urls('nats', 'tls'), default: 'nats://127.0.0.1:4222', secretFile: true, describe: 'NATS servers, separated by commas' },
  SLIPWAY_MASTER_KEY: {
    schema: z.string().regex(/^[\dA-Fa-f]{64}$/).transform((hex) => Buffer.from(hex, 'hex')),
    expects: `${MASTER_KEY_BYTES} bytes in hex, such as \`openssl rand -hex ${MASTER_KEY_BYTES}\` makes`,
    secret: true,
    describe: 'Key all other keys derive from; the same for all services',
  },
  SLIPWAY_INTERNAL_TOKEN: {
    ...token,
    default: ({ SLIPWAY_MASTER_KEY: key }) => (key instanceof Uint8Array ? derivedKey(Buffer.from(key), 'internal-token').toString('hex') : null),
    defaultText: 'derived from the master key',
    secret: true,
    describe: 'Token services show each other; the same for all services',
  },
});

/** Of the service people sign in at. */
export const adminSettings = defineSettings({
  SLIPWAY_ADMIN_TOKEN: { ...token, secret: true, describe: 'Token of the administrator' },
});

/** What one environment or file may hold for several services at once: none of them takes it for a mistake. */
export const platformNames: readonly string[] = [
  ...namesOf({ ...clusterSettings, ...adminSettings }),
  ...['SLIPWAY_DATA_DIR', 'SLIPWAY_MODEL_ROOT', 'SLIPWAY_REPLICA_HOST', 'SLIPWAY_HOST', 'SLIPWAY_PORT', 'SLIPWAY_SUBGRAPHS', 'SLIPWAY_ENDPOINT_URL'],
  ...['SLIPWAY_GATEWAY_HOST', 'SLIPWAY_GATEWAY_PORT', 'SLIPWAY_GATEWAY_CACHE_DIR', 'SLIPWAY_PROXY_HOST', 'SLIPWAY_PROXY_PORT', 'SLIPWAY_PROXY_ENGINE'],
];
