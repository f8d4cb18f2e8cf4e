import { openFollowedLog } from '@slipway/cluster';
import { answersCheck, platformNames, replicaKey, runServiceProcess, startService } from '@slipway/service';
import { metricsSettings, processEnvironment } from './config.js';
import { MetricsModule } from './metrics.module.js';

await runServiceProcess({
  name: 'metrics',
  summary: 'measures: what proxies count and engines tell',
  settings: metricsSettings,
  environ: processEnvironment(),
  alsoKnown: platformNames,
  async start(values, context) {
    await using opened = new AsyncDisposableStack(); // closed again, in reverse, when anything below throws
    const { logger, readiness } = context;
    const { log, bus } = await openFollowedLog('metrics', values, context, opened);
    readiness.add(answersCheck('log', () => log.head()));
    const service = await startService(
      MetricsModule.with({
        log,
        signals: bus.signals,
        replicaKey: (replicaId) => replicaKey(values.SLIPWAY_MASTER_KEY, replicaId),
        logger,
        nowMs: Date.now,
        scrapeIntervalMs: values.SLIPWAY_SCRAPE_INTERVAL_MS,
        internalToken: () => values.SLIPWAY_INTERNAL_TOKEN,
      }),
      { name: 'metrics', logger, listen: { host: values.SLIPWAY_HOST, port: values.SLIPWAY_PORT }, readiness },
    );
    opened.defer(() => service.close());
    await service.app.get(MetricsModule).service.directory.caughtUp; // not ready before
    const running = opened.move();
    return { url: service.url, close: () => running.disposeAsync() };
  },
});
