import { platformNames, runServiceProcess, sameToken } from '@slipway/service';
import { gatewayConfig, gatewaySettings, processEnvironment } from './config.js';
import { lastGoodGraphIn } from './graph/last-good-graph.js';
import { remoteSubgraphs } from './graph/subgraph-source.js';
import { startGateway } from './start-gateway.js';

await runServiceProcess({
  name: 'gateway',
  summary: 'is the one door for people and programs: the graph of all services over HTTP, SSE and WebSocket',
  settings: gatewaySettings,
  environ: processEnvironment(),
  alsoKnown: platformNames,
  async start(values, { logger, readiness }) {
    const { SLIPWAY_ADMIN_TOKEN: adminToken, SLIPWAY_GATEWAY_CACHE_DIR: cacheDir } = values;
    const gateway = await startGateway({
      config: gatewayConfig({ host: values.SLIPWAY_GATEWAY_HOST, port: values.SLIPWAY_GATEWAY_PORT }),
      authenticate: (presented) => (sameToken(presented, adminToken) ? 'admin' : null),
      tokenFile: "the gateway's setting SLIPWAY_ADMIN_TOKEN",
      subgraphs: remoteSubgraphs(values.SLIPWAY_SUBGRAPHS, values.SLIPWAY_INTERNAL_TOKEN, { logger }),
      pollIntervalMs: values.SLIPWAY_SUBGRAPH_POLL_MS,
      ...(cacheDir === null ? {} : { lastGood: lastGoodGraphIn(cacheDir, logger) }),
      readiness,
      logger,
    });
    return { url: gateway.url, close: () => gateway.close() };
  },
});
