import { installDemoModel } from '../demo/demo-model.js';
import path from 'node:path';
import { createToken, deploymentInput, publishRevision, revisionInput, untilStatus } from '../e2e/deployments.js';
import { waitUntil, type PlatformLab } from '../e2e/platform-lab.js';
import { verifyLog } from '../e2e/verify-log.js';
import { Operator } from './operator.js';
import type { Scenario } from './scenario.js';
import { accountOf, type TrialAccount } from './trial-account.js';
import { Traffic } from './traffic.js';

/** Tokens per second of one answer, and of none more than so many. */
const PACE = { MOCK_TOKENS_PER_SECOND: '50', MOCK_TOKENS: '2000' };
/** Tokens of a long stream: 6 s. */
const LONG_TOKENS = 300;
const ANSWERS_LIMIT_MS = 60_000;

export type TrialOptions = {
  readonly clients: number;
  /** How long the same load is measured with nothing under way, in milliseconds; 0: not at all. */
  readonly quietMs: number;
  readonly longTokens?: number;
  readonly instances: number;
  tell(line: string): void;
};

export type TrialResult = TrialAccount & {
  readonly scenario: string;
  /** From the first command until the deployment was at rest again. */
  readonly seconds: number;
  readonly isLogClean: boolean;
  /** Why the scenario did not end as it should; null: it did. */
  readonly broken: string | null;
};

/** Plays the scenario on a deployment of its own under load, on a platform that runs. */
export async function tryScenario(lab: PlatformLab, scenario: Scenario, options: TrialOptions): Promise<TrialResult> {
  const { clients, quietMs, longTokens = LONG_TOKENS, instances } = options;
  const { id, model } = await deployFor(lab, scenario);
  const first = (await untilStatus(lab.graph, id, 'ACTIVE', scenario.replicas)).revision?.id ?? '';
  const second = await publishRevision(lab.graph, id, 'mock', 'second', { ...PACE, ...scenario.second });
  const ports = (port: number): number[] => Array.from({ length: instances }, (_, index) => port + index);
  const operator = new Operator(id, ports(lab.gatewayPort), lab.adminToken);
  const proxies = ports(lab.proxyPort);
  const token = await createToken(lab, id, proxies.map((port) => `http://127.0.0.1:${port}/v1`));
  const traffic = new Traffic({ ports: proxies, token, model, clients, longTokens });
  await waitUntil(() => traffic.answers.filter(({ kind }) => kind !== 'long').length > 2 * clients, ANSWERS_LIMIT_MS, () => `no answers: ${lab.serviceLog()}`);
  const quietFromMs = Date.now();
  await new Promise((resolve) => setTimeout(resolve, quietMs));
  const fromMs = Date.now();
  const stage = { lab, operator, first, second, replicas: scenario.replicas, tell: options.tell };
  const broken = await scenario.run(stage).then(
    () => null,
    (error: unknown) => (error as Error).message,
  );
  const seconds = (Date.now() - fromMs) / 1000;
  await traffic.stop();
  const account = accountOf(traffic.answers, { ...scenario, quietFromMs, fromMs, second });
  const worstFirst = [...account.failures].sort((one, other) => Number(other.end === 'failed') - Number(one.end === 'failed'));
  worstFirst.slice(0, FAILURES_TOLD).forEach((failure) => options.tell(JSON.stringify(failure)));
  const { exitCode, output } = verifyLog(lab);
  if (exitCode !== 0) options.tell(output);
  await lab.graph.ask('mutation ($id: ID!) { deleteModelServingDeployment(id: $id) }', { id }).catch((error: unknown) => options.tell(`not deleted: ${(error as Error).message}`));
  return { scenario: scenario.name, ...account, seconds, isLogClean: exitCode === 0, broken };
}
const FAILURES_TOLD = 10;

/** Nothing happened that must not. */
export const isFine = ({ failed, cut, mayCut, isOverShare, isLogClean, broken }: TrialResult): boolean =>
  failed === 0 && (cut === 0 || mayCut) && !isOverShare && isLogClean && broken === null;

let deployments = 0;

async function deployFor(lab: PlatformLab, { replicas, strategy }: Scenario): Promise<{ readonly id: string; readonly model: string }> {
  installDemoModel(path.join(lab.dataDir, 'models'));
  const model = `trial-${++deployments}`;
  const input = { ...deploymentInput(model, replicas, 'mock'), deploymentStrategy: strategy, initialRevision: revisionInput('mock', 'first', PACE) };
  const made = await lab.graph.ask<{ createModelDeployment: { deployment: { id: string } } }>(
    'mutation ($input: CreateModelServingDeploymentInput!) { createModelDeployment(input: $input) { deployment { id } } }',
    { input },
  );
  return { id: made.createModelDeployment.deployment.id, model };
}
