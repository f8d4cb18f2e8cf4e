import { observeLease } from '@slipway/cluster';
import { openControlParts, watchProjections } from '@slipway/cluster/control';
import { inheritedEnviron, LocalProcessRuntime } from '@slipway/runtimes';
import { platformNames, replicaKey, runServiceProcess, startService } from '@slipway/service';
import path from 'node:path';
import { orchestratorSettings, processEnvironment } from './config.js';
import { OrchestratorModule } from './orchestrator.module.js';
import { launchPlanner } from './replicas/launch-planner.js';

/** The built-in engine, which is started as a program and never loaded. */
const engineEntry = path.resolve(import.meta.dirname, '../../engine/dist/main.js');

await runServiceProcess({
  name: 'orchestrator',
  summary: 'runs rollouts and replicas: makes it so',
  settings: orchestratorSettings,
  environ: processEnvironment(),
  alsoKnown: platformNames,
  async start(values, context) {
    await using opened = new AsyncDisposableStack(); // closed again, in reverse, when anything below throws
    const { logger, readiness } = context;
    const parts = await openControlParts('orchestrator', values, context, opened);
    const dataDir = path.resolve(values.SLIPWAY_DATA_DIR);
    const planLaunch = launchPlanner({
      log: parts.log,
      secrets: parts.secrets,
      modelRoot: path.resolve(values.SLIPWAY_MODEL_ROOT),
      replicaKey: (replicaId) => replicaKey(values.SLIPWAY_MASTER_KEY, replicaId),
      engine: { engineEntry, nodePath: process.execPath, baseEnviron: inheritedEnviron(processEnvironment()) },
    });
    const service = await startService(
      OrchestratorModule.with({
        ...parts,
        logger,
        nowMs: Date.now,
        drains: parts.proxies,
        planLaunch,
        openRuntime: () => LocalProcessRuntime.open({ dataDir, host: values.SLIPWAY_REPLICA_HOST }),
        internalToken: () => values.SLIPWAY_INTERNAL_TOKEN,
      }),
      { name: 'orchestrator', logger, listen: { host: values.SLIPWAY_HOST, port: values.SLIPWAY_PORT }, readiness },
    );
    opened.defer(() => service.close());
    const { projections, fleets } = service.app.get(OrchestratorModule).service;
    opened.defer(watchProjections(projections, parts.log, readiness, Date.now));
    opened.defer(observeLease('orchestrator', fleets));
    const running = opened.move();
    return { url: service.url, close: () => running.disposeAsync() };
  },
});
