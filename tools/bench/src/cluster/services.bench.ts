import { chmodSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../measuring/loopback.js';
import { memoryOfTree } from '../measuring/process-tree.js';
import type { ClusterRun } from './cluster-run.js';
import { ReadinessWatch } from './readiness-watch.js';

export const SERVICES = ['registry', 'orchestrator', 'metrics', 'autoscaler', 'gateway', 'proxy', 'relay', 'supervisor', 'postgres', 'nats-server'] as const;
type Service = (typeof SERVICES)[number];

const READY_LIMIT_MS = 1_800_000;
const STOP_LIMIT_MS = 120_000;
/** What starting left behind is collected, and timers have run. */
const SETTLE_MS = 10_000;
const MB = 1_000_000;

/** The services themselves on those servers: how soon they are ready and what they hold, `series` names when. Answers after they have stopped. */
export async function benchServices({ config, workshop, servers, progress, samples }: ClusterRun, dataDir: string, series: string): Promise<void> {
  progress(`cluster: starting the services, ${series}`);
  const ports = { SLIPWAY_GATEWAY_PORT: String(await freePort()), SLIPWAY_PROXY_PORT: String(await freePort()) };
  const urls = { SLIPWAY_DATABASE_URL: servers.postgres.url, SLIPWAY_LOG_URL: servers.postgres.url, SLIPWAY_NATS_URL: servers.nats.url };
  await using cluster = await workshop.start({
    name: 'cluster',
    command: process.execPath,
    arguments: [path.join(config.home, 'apps/standalone/dist/local-cluster/main.js'), '--instances', '1', '--no-demo'],
    environment: { ...config.environment, ...ports, ...urls, SLIPWAY_DATA_DIR: dataDir },
    core: null,
    stopLimitMs: STOP_LIMIT_MS,
  });
  const watch = new ReadinessWatch(path.join(dataDir, 'services.log'), (service) =>
    samples.add(`services.${series}.${service}.ready`, (performance.now() - cluster.startedAtMs) / 1_000),
  );
  await cluster.until(async () => (await watch.look()) && cluster.output.includes('Slipway is up'), READY_LIMIT_MS);
  samples.add(`services.${series}.ready`, (performance.now() - cluster.startedAtMs) / 1_000);
  await wait(SETTLE_MS);
  const held = [
    ...memoryOfTree(cluster.pid),
    ...[servers.postgres.pid, servers.nats.pid].flatMap((pid) => (pid === null ? [] : memoryOfTree(pid))),
  ];
  for (const service of SERVICES) {
    const own = held.filter(({ command }) => serviceOf(command) === service);
    samples.add(`services.${series}.${service}.rss`, own.reduce((sum, { rssBytes }) => sum + rssBytes, 0) / MB);
    samples.add(`services.${series}.${service}.pss`, own.reduce((sum, { pssBytes }) => sum + pssBytes, 0) / MB);
    samples.add(`services.${series}.${service}.peak`, own.reduce((sum, { pid }) => sum + peakBytes(pid), 0) / MB);
  }
  if (!/^\s*$/.test(restartsIn(cluster.output))) throw new Error(`a service did not hold: ${restartsIn(cluster.output)}`);
}

/** A folder that the services may use; Postgres is another user's. */
export function openDirectory(directory: string): string {
  chmodSync(path.dirname(directory), 0o711);
  chmodSync(directory, 0o711);
  return directory;
}

const restartsIn = (output: string): string => output.split('\n').filter((line) => line.includes('is started again')).join('; ');

function serviceOf(command: string): Service | null {
  const own = /apps\/(registry|orchestrator|metrics|autoscaler|gateway|proxy|relay)\/dist\/main\.js/.exec(command)?.[1];
  if (own !== undefined) return own as Service;
  if (command.includes('local-cluster/main.js')) return 'supervisor';
  if (command.includes('nats-server')) return 'nats-server';
  return command.includes('postgres') ? 'postgres' : null;
}

/** The most it ever held. */
function peakBytes(pid: number): number {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(peak ?? 0) * 1024;
}
