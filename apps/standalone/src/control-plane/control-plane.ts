import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { engineMainPath } from '@slipway/engine';
import { openSqliteEventLog, type EventLog } from '@slipway/event-log';
import { gatewayConfig, startGateway } from '@slipway/gateway';
import { openSignalHub, ProxyFleet, type ProxyReport, type Signals } from '@slipway/messaging';
import { launchPlanner, OrchestratorModule } from '@slipway/orchestrator';
import { ModelFolders, RegistryModule } from '@slipway/registry';
import { inheritedEnviron, LocalProcessRuntime } from '@slipway/runtimes';
import { createLogger, derivedKey, fileSecretStore, loadOrCreateAdminToken, loadOrCreateMasterKey, replicaKey, startService } from '@slipway/service';
import { places, processEnvironment, type StandaloneConfig } from '../config.js';

/** How long an engine may take to end when the platform is stopped. */
const ENGINE_STOP_GRACE_MS = 20_000;

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
  mkdirSync(path.dirname(at.registryRows), { recursive: true, mode: 0o700 });
  mkdirSync(config.modelRoot, { recursive: true });
  await using opened = new AsyncDisposableStack(); // closed again, in reverse, when anything below throws

  const masterKey = loadOrCreateMasterKey(config.dataDir);
  const adminToken = loadOrCreateAdminToken(config.dataDir, config.adminToken ?? undefined);
  const secrets = fileSecretStore(at.secrets, masterKey);
  const log = opened.use(await openSqliteEventLog(at.log));
  const runtime = opened.use(await LocalProcessRuntime.open({ dataDir: config.dataDir }));
  const proxies = new ProxyFleet(nowMs);
  const signals = await openSignalHub({ path: at.controlSocket });
  opened.defer(() => signals.close());
  signals.subscribe('proxy.report', (report) => proxies.take(report as unknown as ProxyReport));
  opened.defer(announceAppends(log, signals));

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
      databaseFile: at.registryRows,
    }),
    { name: 'registry', logger },
  );
  opened.defer(() => registry.close());
  const orchestrator = await startService(
    OrchestratorModule.with({
      log,
      logger,
      runtime,
      nowMs,
      drains: proxies,
      planLaunch: launchPlanner({
        log,
        secrets,
        modelRoot: config.modelRoot,
        replicaKey: (replicaId) => replicaKey(masterKey, replicaId),
        engine: { engineEntry: engineMainPath, nodePath: process.execPath, baseEnviron: inheritedEnviron(processEnvironment()) },
      }),
      databaseFile: at.orchestratorRows,
    }),
    { name: 'orchestrator', logger },
  );
  opened.defer(() => orchestrator.close());
  const gateway = await startGateway({
    config: { ...gatewayConfig({}), host: config.host, port: config.gatewayPort },
    authenticate: (token) => (adminToken.verify(token) ? 'admin' : null),
    tokenFile: adminToken.file,
    logger,
  });
  opened.defer(() => gateway.close());

  const running = opened.move();
  return {
    gatewayUrl: gateway.url,
    adminTokenCreated: adminToken.created,
    async stop() {
      await gateway.close();
      await orchestrator.close();
      await stopEngines(runtime);
      await running.disposeAsync();
    },
  };
}

async function stopEngines(runtime: LocalProcessRuntime): Promise<void> {
  const engines = await runtime.list();
  await Promise.all(engines.map(({ replicaId }) => runtime.stop(replicaId, { graceMs: ENGINE_STOP_GRACE_MS })));
}

/** Tells the proxies of every new position, so that they need not wait for their next look at the file. */
function announceAppends(log: EventLog, signals: Signals): () => Promise<void> {
  const leaving = new AbortController();
  const following = (async () => {
    for await (const message of log.follow({ after: 'end', signal: leaving.signal }))
      if ('event' in message) signals.publish('log.appended', { position: message.event.position });
  })();
  return async () => {
    leaving.abort();
    await following;
  };
}
