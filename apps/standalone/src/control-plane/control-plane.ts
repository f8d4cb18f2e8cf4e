import { AutoscalerModule } from '@slipway/autoscaler';
import { engineMainPath } from '@slipway/engine';
import { sqliteReadModels } from '@slipway/event-log/read-models';
import { MetricsModule } from '@slipway/metrics';
import { launchPlanner, OrchestratorModule } from '@slipway/orchestrator';
import { ModelFolders, RegistryModule } from '@slipway/registry';
import { inheritedEnviron, LocalProcessRuntime } from '@slipway/runtimes';
import { createLogger, derivedKey, replicaKey, startService, type AdminToken, type Logger } from '@slipway/service';
import { places, processEnvironment, type StandaloneConfig } from '../config.js';
import { stopEngines } from '../stop-engines.js';
import { openInstallation } from './installation.js';

export type ControlPlane = {
  readonly gatewayUrl: string;
  /** True when this start made the admin token. */
  readonly adminTokenCreated: boolean;
  /** Stops the services in order, then every engine. */
  stop(): Promise<void>;
};

/** The control plane in one process: each service its own Nest application, as it would run alone, over one log. */
export async function startControlPlane(config: StandaloneConfig): Promise<ControlPlane> {
  const at = places(config.dataDir);
  const logger = createLogger('control-plane', { level: config.logLevel });
  const nowMs = (): number => Date.now();
  await using opened = new AsyncDisposableStack(); // closed again, in reverse, when anything below throws
  const { masterKey, adminToken, secrets, log, proxies, served, signals } = await openInstallation(config, opened, nowMs);

  const registry = await startService(
    RegistryModule.with({
      log,
      logger,
      secrets,
      proxies,
      nowMs,
      folders: new ModelFolders(config.modelRoot),
      tokenKey: derivedKey(masterKey, 'access-token'),
      endpointBaseUrl: `http://${config.host}:${config.proxyPort}`,
      openReadModels: sqliteReadModels(at.registryRows),
    }),
    { name: 'registry', logger },
  );
  opened.defer(() => registry.close());
  const orchestrator = await startService(
    OrchestratorModule.with({
      log,
      logger,
      openRuntime: () => LocalProcessRuntime.open({ dataDir: config.dataDir }),
      nowMs,
      drains: proxies,
      served,
      planLaunch: launchPlanner({
        log,
        secrets,
        modelRoot: config.modelRoot,
        replicaKey: (replicaId) => replicaKey(masterKey, replicaId),
        engine: { engineEntry: engineMainPath, nodePath: process.execPath, baseEnviron: inheritedEnviron(processEnvironment()) },
      }),
      openReadModels: sqliteReadModels(at.orchestratorRows),
    }),
    { name: 'orchestrator', logger },
  );
  opened.defer(() => orchestrator.close());
  const metrics = await startService(
    MetricsModule.with({ log, logger, nowMs, signals, replicaKey: (replicaId) => replicaKey(masterKey, replicaId) }),
    { name: 'metrics', logger },
  );
  opened.defer(() => metrics.close());
  const autoscaler = await startService(AutoscalerModule.with({ log, logger, nowMs, signals }), { name: 'autoscaler', logger });
  opened.defer(() => autoscaler.close());
  const gateway = await openGateway(config, adminToken, logger);
  opened.defer(() => gateway.close());

  const running = opened.move();
  return {
    gatewayUrl: gateway.url,
    adminTokenCreated: adminToken.created,
    async stop() {
      await gateway.close();
      await autoscaler.close();
      await metrics.close();
      await orchestrator.close();
      await stopEngines(config.dataDir);
      await running.disposeAsync();
    },
  };
}

/** Loaded only now: it is the largest part, and the engines start meanwhile. */
async function openGateway(config: StandaloneConfig, adminToken: AdminToken, logger: Logger) {
  const { gatewayConfig, startGateway } = await import('@slipway/gateway');
  return startGateway({
    config: { ...gatewayConfig({}), host: config.host, port: config.gatewayPort },
    authenticate: (token) => (adminToken.verify(token) ? 'admin' : null),
    tokenFile: adminToken.file,
    logger,
  });
}
