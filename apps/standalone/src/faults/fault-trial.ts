import { GraphClient } from '../demo/graph-client.js';
import { activate, deploy, look, publishRevision, untilStatus } from '../e2e/deployments.js';
import { failures, Load } from '../e2e/load.js';
import { PlatformLab, waitUntil } from '../e2e/platform-lab.js';
import { shapeName } from '../e2e/platform-shape.js';
import { verifyLog } from '../e2e/verify-log.js';
import type { Fault } from './faults.js';
import { Witness } from './witness.js';

/** A fault strikes anywhere in the first seconds of a rollout. */
const STRIKE_WITHIN_MS = 3_000;
const CLIENTS_PER_PROXY = 4;
const ANSWERS_LIMIT_MS = 60_000;

export type TrialResult = {
  readonly fault: string;
  readonly rounds: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly doubled: number;
  readonly requests: number;
  /** Not counting those through a proxy that was killed itself, which its clients cannot but notice. */
  readonly failedRequests: number;
  readonly failedAtKilledProxy: number;
  /** Longest time from the fault until the rollout under way had ended, in milliseconds. */
  readonly slowestRolloutMs: number;
  readonly verified: boolean;
};

/**
 * The fault, so many times at random moments, each in a rollout of its own while 8 clients call through two proxies and
 * a witness changes the deployment. Two instances of every service.
 */
export async function tryFault(fault: Fault, rounds: number, tell: (line: string) => void): Promise<TrialResult> {
  await using lab = await PlatformLab.create(shapeName('cluster-postgres'));
  await lab.start(['--no-demo', '--instances', '2']);
  const { id, token } = await deploy(lab, 'steady', 2, 'mock');
  const first = (await look(lab.graph, id)).revision?.id ?? '';
  const second = await publishRevision(lab.graph, id, 'mock', 'second', { MOCK_TEXT: 'second' });
  const loads = [lab.proxyPort, lab.proxyPort + 1].map((port) => ({ port, load: new Load({ baseUrl: `http://127.0.0.1:${port}/v1`, token, model: 'steady', clients: CLIENTS_PER_PROXY }), seen: 0 }));
  const gateways = [lab.gatewayPort, lab.gatewayPort + 1].map((port) => new GraphClient(`http://127.0.0.1:${port}/graphql`, lab.adminToken));
  const witness = new Witness(id, gateways);
  await waitUntil(() => loads.every(({ load }) => load.outcomes.length > CLIENTS_PER_PROXY), ANSWERS_LIMIT_MS, () => lab.serviceLog());

  let slowestRolloutMs = 0;
  const failed = { failedRequests: 0, failedAtKilledProxy: 0 };
  const countFailures = (struckPort: number | null): void => {
    for (const each of loads) {
      const news = failures(each.load.outcomes.slice(each.seen)).length;
      each.seen = each.load.outcomes.length;
      failed[each.port === struckPort ? 'failedAtKilledProxy' : 'failedRequests'] += news;
    }
  };
  for (let round = 1; round <= rounds; round++) {
    const target = round % 2 === 1 ? second : first;
    await insist(gateways, (graph) => activate(graph, id, target));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * STRIKE_WITHIN_MS));
    const struckAtMs = Date.now();
    const struckPort = await fault.strike(lab);
    await insist(gateways, (graph) => untilStatus(graph, id, 'ACTIVE', 2));
    countFailures(struckPort);
    slowestRolloutMs = Math.max(slowestRolloutMs, Date.now() - struckAtMs);
    tell(`${fault.name}: round ${round} of ${rounds}, ${Date.now() - struckAtMs} ms until the rollout had ended`);
  }
  await witness.stop();
  const requests = (await Promise.all(loads.map(({ load }) => load.stop()))).flat().length;
  countFailures(null);
  await using log = await lab.openLog();
  const testimony = await witness.compareWith(log);
  const { exitCode, output } = verifyLog(lab);
  if (exitCode !== 0) tell(output);
  return { fault: fault.name, rounds, ...testimony, requests, ...failed, slowestRolloutMs, verified: exitCode === 0 };
}

/** Through whichever gateway answers. */
async function insist<T>(gateways: readonly GraphClient[], work: (graph: GraphClient) => Promise<T>): Promise<T> {
  const untilMs = Date.now() + ANSWERS_LIMIT_MS;
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(gateways[attempt % gateways.length] as GraphClient);
    } catch (error) {
      if (Date.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
