import { openFollowedLog } from '@slipway/cluster';
import { platformNames, runServiceProcess } from '@slipway/service/process';
import { hash } from 'node:crypto';
import { BusLink } from './bus-link.js';
import { clusterProxySettings } from './cluster-settings.js';
import { processEnvironment } from './config.js';
import { forwardEngine } from './follow-log.js';
import { logFactSource } from './log-fact-source.js';
import { OtelRequestTraces } from './otel-request-traces.js';
import { startProxy } from './proxy.js';
import { replicaKeyOf } from './replica-keys.js';

await runServiceProcess({
  name: 'proxy',
  summary: 'serves OpenAI-compatible requests from the replicas that are ready',
  settings: clusterProxySettings,
  environ: processEnvironment(),
  alsoKnown: platformNames,
  async start(values, context) {
    await using opened = new AsyncDisposableStack(); // closed again, in reverse, when anything below throws
    const { logger, readiness, instance } = context;
    const { log, bus } = await openFollowedLog('proxy', values, context, opened);
    const token = values.SLIPWAY_METRICS_TOKEN;
    const traces = values.SLIPWAY_TELEMETRY === 'on' ? new OtelRequestTraces() : null;
    const proxy = await startProxy({
      proxyId: instance,
      host: values.SLIPWAY_PROXY_HOST,
      port: values.SLIPWAY_PROXY_PORT,
      routing: { source: logFactSource(log, traces?.notice) },
      ...(traces !== null && { traces }),
      replicaKey: (replicaId) => replicaKeyOf(values.SLIPWAY_MASTER_KEY, replicaId),
      reporter: opened.use(new BusLink(bus)),
      operatorTokenHash: token === null ? null : hash('sha256', token, 'hex'),
      engine: await forwardEngine(values.SLIPWAY_PROXY_ENGINE),
      log: (event, fields) => logger.info({ event, ...fields }, event),
    });
    opened.defer(async () => void (await proxy.stop()));
    context.addMetrics(() => proxy.metrics());
    let hasTable = false;
    void proxy.ready().then(() => (hasTable = true));
    readiness.add({ name: 'routing', check: () => (hasTable ? { ready: true, detail: `position ${proxy.position()}` } : { ready: false, detail: 'no routing table yet' }) });
    const running = opened.move();
    return { url: `http://${values.SLIPWAY_PROXY_HOST}:${proxy.port}`, close: () => running.disposeAsync() };
  },
});
