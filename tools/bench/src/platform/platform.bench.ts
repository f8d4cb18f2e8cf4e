import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { BenchRun } from '../bench-run.js';
import type { BenchProcess } from '../measuring/bench-process.js';
import { answers, freePort } from '../measuring/loopback.js';
import { memoryOfTree, type ResidentProcess } from '../measuring/process-tree.js';
import { RoundSamples } from '../measuring/round-samples.js';
import type { Figure, PartReport } from '../report/figure.js';

const READY_LIMIT_MS = 60_000;
/** Draining included. */
const STOP_LIMIT_MS = 60_000;
const MB = 1_000_000;

/** The whole platform without replicas: how soon it serves, in a fresh data directory and in one it knows, and what it holds. */
export async function benchPlatform(run: BenchRun): Promise<PartReport> {
  const samples = new RoundSamples();
  for (let round = 0; round < run.rounds; round++) {
    run.progress(`platform: round ${round + 1} of ${run.rounds}`);
    const dataDir = run.workshop.directory('platform');
    const first = await startAndMeasure(run, dataDir);
    samples.add('first', first.readySeconds);
    record(samples, first.memory);
    samples.add('second', (await startAndMeasure(run, dataDir)).readySeconds);
  }
  return { figures: figures(samples), skipped: [] };
}

type Started = { readonly readySeconds: number; readonly memory: readonly ResidentProcess[] };

async function startAndMeasure(run: BenchRun, dataDir: string): Promise<Started> {
  const [gatewayPort, proxyPort] = [await freePort(), await freePort()];
  const ports = { SLIPWAY_GATEWAY_PORT: String(gatewayPort), SLIPWAY_PROXY_PORT: String(proxyPort) };
  await using platform = await run.workshop.start({
    name: 'platform',
    command: process.execPath,
    arguments: ['--enable-source-maps', path.join(run.config.home, 'apps/standalone/dist/main.js'), '--no-demo'],
    environment: { ...run.config.environment, ...ports, SLIPWAY_DATA_DIR: dataDir },
    core: null,
    stopLimitMs: STOP_LIMIT_MS,
  });
  await ready(platform, dataDir, gatewayPort, proxyPort);
  const readySeconds = (performance.now() - platform.startedAtMs) / 1_000;
  await wait(run.seconds * 1_000); // what starting left behind is collected, and timers have run
  return { readySeconds, memory: memoryOfTree(platform.pid) };
}

/** Ready is what a user would call so: it says that it is up, the graph answers from its read models, and the data plane is ready. */
async function ready(platform: BenchProcess, dataDir: string, gatewayPort: number, proxyPort: number): Promise<void> {
  await platform.until(() => platform.output.includes('Slipway is up'), READY_LIMIT_MS);
  const token = readFileSync(path.join(dataDir, 'admin-token'), 'utf8').trim();
  await platform.until(() => graphAnswers(`http://127.0.0.1:${gatewayPort}/graphql`, token), READY_LIMIT_MS);
  await platform.until(() => answers(`http://127.0.0.1:${proxyPort}/readyz`), READY_LIMIT_MS);
}

async function graphAnswers(url: string, token: string): Promise<boolean> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const query = '{ deployments { id replicaManagement { readyReplicaCount } } }'; // one field of each subgraph
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const { data } = (await response.json()) as { data?: { deployments?: unknown } };
  return Array.isArray(data?.deployments);
}

const PROCESSES = [
  { key: 'control-plane', is: 'control-plane-process' },
  { key: 'proxy', is: 'proxy-process' },
  { key: 'supervisor', is: 'standalone/dist/main.js' },
] as const;

function record(samples: RoundSamples, memory: readonly ResidentProcess[]): void {
  const sum = (of: readonly ResidentProcess[], pages: 'rssBytes' | 'pssBytes'): number => of.reduce((total, process) => total + process[pages], 0) / MB;
  samples.add('rss', sum(memory, 'rssBytes'));
  samples.add('pss', sum(memory, 'pssBytes'));
  for (const { key, is } of PROCESSES) {
    const members = memory.filter(({ command }) => command.includes(is));
    samples.add(`${key}.rss`, sum(members, 'rssBytes'));
    samples.add(`${key}.pss`, sum(members, 'pssBytes'));
  }
}

function figures(samples: RoundSamples): readonly Figure[] {
  const figure = (id: string, what: string, unit: string, series: string): Figure => ({ id: `platform.${id}`, part: 'platform', what: `platform: ${what}`, unit, values: samples.of(series) });
  return [
    figure('first-start', 'ready, first start', 's', 'first'),
    figure('second-start', 'ready, second start', 's', 'second'),
    figure('rss', 'resident, sum of RSS', 'MB', 'rss'),
    figure('pss', 'resident, sum of PSS', 'MB', 'pss'),
    ...PROCESSES.flatMap(({ key }) => [figure(`${key}.rss`, `${key}, RSS`, 'MB', `${key}.rss`), figure(`${key}.pss`, `${key}, PSS`, 'MB', `${key}.pss`)]),
  ];
}
