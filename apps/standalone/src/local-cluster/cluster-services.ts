import { fileURLToPath } from 'node:url';
import { freePort, keepPorts } from '@slipway/local-servers';
import { places, processEnvironment } from '../config.js';
import type { LocalClusterConfig } from './config.js';
import type { ServerUrls } from './servers.js';

export const SERVICES = ['registry', 'orchestrator', 'metrics', 'autoscaler', 'relay', 'gateway', 'proxy'] as const;
export type ServiceName = (typeof SERVICES)[number];

export type ClusterService = {
  readonly service: ServiceName;
  /** `registry-1` */
  readonly instance: string;
  /** Absolute path of its program. */
  readonly program: string;
  readonly environ: Readonly<Record<string, string | undefined>>;
  readonly readyUrl: string;
};

/** Every process of the cluster, with its ports and settings, in the order in which they are started. */
export async function clusterServices(config: LocalClusterConfig, urls: ServerUrls, adminToken: string): Promise<readonly ClusterService[]> {
  const numbers = Array.from({ length: config.instances }, (_, index) => index);
  keepPorts(numbers.flatMap((index) => [config.gatewayPort + index, config.proxyPort + index]));
  const subgraphPorts = { registry: await portsFor(numbers), orchestrator: await portsFor(numbers), metrics: await portsFor(numbers), autoscaler: await portsFor(numbers) };
  const subgraphs = Object.entries(subgraphPorts).map(([name, ports]) => `${name}=${ports.map((port) => `http://127.0.0.1:${port}/graphql`).join('|')}`);
  const own: Record<ServiceName, (index: number) => Record<string, string>> = {
    registry: (index) => ({
      SLIPWAY_PORT: String(subgraphPorts.registry[index]),
      SLIPWAY_ENDPOINT_URL: `http://${config.host}:${config.proxyPort}`,
    }),
    orchestrator: (index) => ({ SLIPWAY_PORT: String(subgraphPorts.orchestrator[index]) }),
    metrics: (index) => ({ SLIPWAY_PORT: String(subgraphPorts.metrics[index]) }),
    autoscaler: (index) => ({ SLIPWAY_PORT: String(subgraphPorts.autoscaler[index]) }),
    relay: () => ({}),
    gateway: (index) => ({
      SLIPWAY_GATEWAY_HOST: config.host,
      SLIPWAY_GATEWAY_PORT: String(config.gatewayPort + index),
      SLIPWAY_SUBGRAPHS: subgraphs.join(','),
      SLIPWAY_ADMIN_TOKEN: adminToken,
    }),
    proxy: (index) => ({ SLIPWAY_PROXY_HOST: config.host, SLIPWAY_PROXY_PORT: String(config.proxyPort + index) }),
  };
  const shared = sharedEnvironment(config, urls);
  const services: ClusterService[] = [];
  for (const service of SERVICES)
    for (const index of numbers) {
      const healthPort = await freePort();
      const instance = `${service}-${index + 1}`;
      const environ = { ...shared, ...own[service](index), SLIPWAY_INSTANCE: instance, SLIPWAY_HEALTH_PORT: String(healthPort) };
      services.push({ service, instance, program: programOf(service), environ, readyUrl: `http://127.0.0.1:${healthPort}/readyz` });
    }
  return services;
}

function sharedEnvironment(config: LocalClusterConfig, { databaseUrl, natsUrl, logUrl }: ServerUrls): Record<string, string | undefined> {
  return {
    ...processEnvironment(),
    SLIPWAY_DATA_DIR: config.dataDir,
    SLIPWAY_MODEL_ROOT: config.modelRoot,
    SLIPWAY_LOG_LEVEL: config.logLevel,
    SLIPWAY_DATABASE_URL: databaseUrl,
    SLIPWAY_NATS_URL: natsUrl,
    SLIPWAY_LOG_URL: logUrl,
    SLIPWAY_MASTER_KEY_FILE: places(config.dataDir).masterKey,
    SLIPWAY_ADMIN_TOKEN: undefined,
  };
}

/** Beside what the package exports. */
const programOf = (service: ServiceName): string => fileURLToPath(new URL('./main.js', import.meta.resolve(`@slipway/${service}`)));

async function portsFor(numbers: readonly number[]): Promise<readonly number[]> {
  const ports: number[] = [];
  for (const _number of numbers) ports.push(await freePort());
  return ports;
}
