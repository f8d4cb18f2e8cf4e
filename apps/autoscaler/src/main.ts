import { observeLease, openFollowedLog } from '@slipway/cluster';
import { postgresLeases } from '@slipway/leases/postgres';
import { answersCheck, platformNames, runServiceProcess, startService } from '@slipway/service';
import { AutoscalerModule } from './autoscaler.module.js';
import { autoscalerSettings, processEnvironment } from './config.js';

await runServiceProcess({
  name: 'autoscaler',
  summary: 'evaluates auto-scaling rules: how many',
  settings: autoscalerSettings,
  environ: processEnvironment(),
  alsoKnown: platformNames,
  async start(values, context) {
    await using opened = new AsyncDisposableStack(); // closed again, in reverse, when anything below throws
    const { logger, readiness } = context;
    const leases = opened.use(postgresLeases({ url: values.SLIPWAY_DATABASE_URL }));
    const { log, bus } = await openFollowedLog('autoscaler', values, context, opened);
    readiness.add(answersCheck('log', () => log.head()));
    const service = await startService(
      AutoscalerModule.with({
        log,
        leases,
        signals: bus.signals,
        logger,
        nowMs: Date.now,
        scaleIntervalMs: values.SLIPWAY_SCALE_INTERVAL_MS,
        internalToken: () => values.SLIPWAY_INTERNAL_TOKEN,
      }),
      { name: 'autoscaler', logger, listen: { host: values.SLIPWAY_HOST, port: values.SLIPWAY_PORT }, readiness },
    );
    opened.defer(() => service.close());
    const { evaluation, known } = service.app.get(AutoscalerModule).service;
    opened.defer(observeLease('autoscaler', evaluation));
    await known.caughtUp; // not ready before
    const running = opened.move();
    return { url: service.url, close: () => running.disposeAsync() };
  },
});
