import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import type { PlatformLab } from '../e2e/platform-lab.js';
import { waitUntil } from '../e2e/platform-lab.js';

/** How long NATS is away in one of the faults. */
const NATS_AWAY_MS = 30_000;
const SERVICE_BACK_LIMIT_MS = 60_000;

export type Fault = {
  readonly name: string;
  /** Strikes once, and resolves when what was struck is back: with the port of the proxy it struck, if it was one. */
  strike(lab: PlatformLab): Promise<number | null>;
};

const SERVICES = ['registry', 'orchestrator', 'metrics', 'autoscaler', 'relay', 'gateway', 'proxy'] as const;

export const FAULTS: readonly Fault[] = [
  ...SERVICES.map((service): Fault => ({ name: `kill -9 of ${/^[aeiou]/.test(service) ? 'an' : 'a'} ${service}`, strike: (lab) => killService(lab, service) })),
  { name: 'kill -9 of nats-server', strike: (lab) => killServer(lab, 'nats') },
  { name: 'kill -9 of postgres', strike: (lab) => killServer(lab, 'postgres') },
  { name: 'NATS stopped for 30 s', strike: stopNats },
  { name: 'every Postgres connection cut', strike: cutConnections },
  { name: 'a second relay that believes it leads', strike: forceRelay },
];

async function killService(lab: PlatformLab, service: string): Promise<number | null> {
  const before = lab.pidsOf(`${service}/dist/main.js`);
  const victim = before[Math.floor(Math.random() * before.length)];
  if (victim === undefined) throw new Error(`no ${service} runs`);
  const port = Number(/\0SLIPWAY_PROXY_PORT=(\d+)\0/.exec(`\0${readFileSync(`/proc/${victim}/environ`, 'utf8')}`)?.[1]);
  process.kill(victim, 'SIGKILL');
  const isBack = (): boolean => lab.pidsOf(`${service}/dist/main.js`).filter((pid) => pid !== victim).length === before.length;
  await waitUntil(isBack, SERVICE_BACK_LIMIT_MS, () => `${service} did not come back: ${lab.serviceLog()}`);
  if (service !== 'proxy') return null;
  await waitUntil(() => serves(port), SERVICE_BACK_LIMIT_MS, () => `the proxy does not serve again: ${lab.serviceLog()}`);
  return port;
}

const serves = (proxyPort: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${proxyPort}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

async function killServer(lab: PlatformLab, server: 'nats' | 'postgres'): Promise<null> {
  const running = serversOf(lab)[server];
  await running.kill();
  await running.start();
  return null;
}

async function stopNats(lab: PlatformLab): Promise<null> {
  const { nats } = serversOf(lab);
  await nats.stop();
  await new Promise((resolve) => setTimeout(resolve, NATS_AWAY_MS));
  await nats.start();
  return null;
}

async function cutConnections(lab: PlatformLab): Promise<null> {
  const client = new Client({ connectionString: serversOf(lab).postgres.url });
  await client.connect();
  await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()');
  await client.end();
  return null;
}

/** One more relay, with the settings of those that run, that asks no lease; it works beside the leader for a while. */
async function forceRelay(lab: PlatformLab): Promise<null> {
  const [pid] = lab.pidsOf('relay/dist/main.js');
  if (pid === undefined) throw new Error('no relay runs');
  const [node = '', ...words] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const program = words.find((word) => word.endsWith('relay/dist/main.js')) ?? '';
  const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter((pair) => pair.includes('=') && !pair.startsWith('NODE_CHANNEL'));
  const environ = Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
  const forced = { ...environ, SLIPWAY_FORCE_LEAD: 'on', SLIPWAY_INSTANCE: 'relay-forced', SLIPWAY_HEALTH_PORT: '0' };
  const relay = spawn(node, [program], { env: forced, stdio: 'ignore' });
  await new Promise((resolve) => setTimeout(resolve, FORCED_FOR_MS));
  relay.kill('SIGKILL');
  return null;
}
const FORCED_FOR_MS = 5_000;

function serversOf(lab: PlatformLab): NonNullable<PlatformLab['shape']['servers']> {
  if (lab.shape.servers === null) throw new Error('this fault needs the shape of a cluster');
  return lab.shape.servers;
}
