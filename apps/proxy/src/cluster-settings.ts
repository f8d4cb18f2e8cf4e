import { clusterSettings, defineSettings, oneOf, portNumber, text } from '@slipway/service/process';

/** The proxy as a process of its own in a cluster. It needs no database. */
export const clusterProxySettings = defineSettings({
  SLIPWAY_LOG_URL: clusterSettings.SLIPWAY_LOG_URL,
  SLIPWAY_NATS_URL: clusterSettings.SLIPWAY_NATS_URL,
  SLIPWAY_MASTER_KEY: clusterSettings.SLIPWAY_MASTER_KEY,
  SLIPWAY_PROXY_HOST: { ...text, default: '127.0.0.1', describe: 'Address clients reach it at' },
  SLIPWAY_PROXY_PORT: { ...portNumber, default: 8000, describe: 'Port clients reach it at' },
  SLIPWAY_PROXY_ENGINE: { ...oneOf('http1', 'node'), default: 'http1', describe: "Its own HTTP/1.1, or Node's at twice the CPU should a client not get on with ours" },
});
