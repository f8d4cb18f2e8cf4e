import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadOrCreateAdminToken, loadOrCreateMasterKey } from '@slipway/service';
import { places } from '../config.js';
import { preflight } from '../supervisor/preflight.js';
import type { Platform } from '../supervisor/platform.js';
import { SupervisedChild } from '../supervisor/supervised-child.js';
import { takeLock } from '../supervisor/supervisor-lock.js';
import { stopEngines } from '../stop-engines.js';
import { clusterServices, type ClusterService, type ServiceName } from './cluster-services.js';
import type { LocalClusterConfig } from './config.js';
import { openServers } from './servers.js';

/** How long a service may take to stop before it is killed; the proxy finishes what its clients asked. */
const STOP_LIMIT_MS = 35_000;
/** Heap enough for the work; without bounds Node lets garbage pile up to several times of it, young garbage above all. */
const MEMORY = ['--max-old-space-size=512', '--max-semi-space-size=4'];
/** Doors first, so that nothing new comes in; what answers them last. */
const STOP_ORDER: readonly ServiceName[] = ['gateway', 'proxy', 'autoscaler', 'metrics', 'orchestrator', 'registry', 'relay'];

/** Starts servers and services and keeps the services alive. Throws CannotStart, or what a service says of why it could not. */
export async function startLocalCluster(config: LocalClusterConfig, onRestart: (name: string, how: string) => void): Promise<Platform> {
  await preflight(config);
  await using opened = new AsyncDisposableStack(); // closed again, in reverse, when anything below throws
  opened.defer(takeLock(places(config.dataDir).lock));
  mkdirSync(config.modelRoot, { recursive: true });
  loadOrCreateMasterKey(config.dataDir);
  const adminToken = loadOrCreateAdminToken(config.dataDir, config.adminToken ?? undefined);
  const urls = await openServers(config, opened);
  const services = await clusterServices(config, urls, adminToken.token);
  const children = services.map((service) => ({ service: service.service, child: supervised(service, config, onRestart) }));
  const stopServices = async (): Promise<void> => {
    for (const name of STOP_ORDER) {
      await Promise.all(children.filter(({ service }) => service === name).map(({ child }) => child.stop()));
      if (name === 'orchestrator') await stopEngines(config.dataDir);
    }
  };
  opened.defer(stopServices);
  // All at once: each waits by itself for what it needs of the others.
  await Promise.all(children.map(({ child }) => child.start()));

  const running = opened.move();
  let stopping: Promise<void> | null = null;
  return {
    graphUrl: `http://${config.host}:${config.gatewayPort}/graphql`,
    openAiBaseUrl: `http://${config.host}:${config.proxyPort}/v1`,
    adminTokenCreated: adminToken.created,
    stop: () => (stopping ??= running.disposeAsync()),
  };
}

function supervised({ instance, program, environ, readyUrl }: ClusterService, config: LocalClusterConfig, onRestart: (name: string, how: string) => void): SupervisedChild {
  return new SupervisedChild({
    name: instance,
    script: fileURLToPath(new URL('./service-process.js', import.meta.url)),
    args: [program],
    environ,
    readyUrl,
    outputFile: places(config.dataDir).serviceLog,
    stopLimitMs: STOP_LIMIT_MS,
    execArgv: MEMORY,
    detached: true,
    onRestart,
  });
}

