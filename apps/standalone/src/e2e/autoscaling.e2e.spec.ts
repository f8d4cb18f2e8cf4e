import { deploy, untilStatus } from './deployments.js';
import { failures, Load } from './load.js';
import { PlatformLab, WAIT_LIMIT_MS, waitUntil } from './platform-lab.js';
import { verifyLog } from './verify-log.js';

const CLIENTS = 8;
const TOKENS = 40;

type Evaluation = { readonly desired: number; readonly decided: number; readonly decidedByRuleId: string | null; readonly findings: readonly { readonly value: number | null; readonly crossed: string | null }[] };
type Fact = { readonly type: string; readonly actor: string | null };

describe('auto-scaling', () => {
  let lab: PlatformLab;
  beforeAll(async () => {
    lab = await PlatformLab.create();
    await lab.start();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  it('follows the load up and down by a rule, fails nothing, and tells why (S1.6, X11)', async () => {
    const { id, token } = await deploy(lab, 'elastic', 1, 'mock');
    const { createAutoScalingRule } = await lab.graph.ask<{ createAutoScalingRule: { rule: { id: string; threshold: number } } }>(
      'mutation ($input: CreateAutoScalingRuleInput!) { createAutoScalingRule(input: $input) { rule { id threshold } } }',
      { input: { deploymentId: id, metricType: 'inFlight', maxThreshold: 5, minThreshold: 1, maxReplicas: 2, timeWindow: 1 } },
    );
    const { id: ruleId } = createAutoScalingRule.rule;
    const load = new Load({ baseUrl: lab.baseUrl, token, model: 'elastic', clients: CLIENTS, maxTokens: TOKENS });
    await untilDesired(id, 2);
    await untilStatus(lab.graph, id, 'ACTIVE', 2);
    expect(failures(await load.stop())).toEqual([]);
    await untilDesired(id, 1);
    await untilStatus(lab.graph, id, 'ACTIVE', 1);

    const { deployment } = await lab.graph.ask<{ deployment: { scaleEvaluations: readonly Evaluation[]; replicaManagement: { desiredReplicaCount: number; autoScalingRules: readonly { id: string }[] } } }>(
      `query ($id: ID!) { deployment(id: $id) { scaleEvaluations { desired decided decidedByRuleId findings { value crossed } }
         replicaManagement { desiredReplicaCount autoScalingRules { id metricType threshold } } } }`,
      { id },
    );
    expect(deployment.replicaManagement).toEqual({ desiredReplicaCount: 1, autoScalingRules: [{ id: ruleId, metricType: 'inFlight', threshold: 5 }] });
    const changes = deployment.scaleEvaluations.filter(({ desired, decided }) => desired !== decided);
    expect(changes).toMatchObject([
      { desired: 2, decided: 1, decidedByRuleId: ruleId, findings: [{ crossed: 'BELOW' }] },
      { desired: 1, decided: 2, decidedByRuleId: ruleId, findings: [{ crossed: 'ABOVE' }] },
    ]);

    const { deploymentTimeline } = await lab.graph.ask<{ deploymentTimeline: { edges: readonly { node: Fact }[] } }>(
      'query ($id: ID!) { deploymentTimeline(deploymentId: $id, first: 200) { edges { node { type actor } } } }',
      { id },
    );
    const facts = deploymentTimeline.edges.map(({ node }) => node);
    expect(facts.filter(({ type }) => type === 'ReplicasDesiredChanged')).toEqual(Array(2).fill({ type: 'ReplicasDesiredChanged', actor: 'autoscaler' }));
    expect(facts.filter(({ type }) => type === 'ReplicasDesired')).toEqual(Array(2).fill({ type: 'ReplicasDesired', actor: 'registrar' }));
    expect(verifyLog(lab)).toMatchObject({ exitCode: 0 });
  });

  async function untilDesired(id: string, count: number): Promise<void> {
    let desired = -1;
    await waitUntil(
      async () => {
        const answer = await lab.graph.ask<{ deployment: { replicaManagement: { desiredReplicaCount: number } } }>(
          'query ($id: ID!) { deployment(id: $id) { replicaManagement { desiredReplicaCount } } }',
          { id },
        );
        desired = answer.deployment.replicaManagement.desiredReplicaCount;
        return desired === count;
      },
      WAIT_LIMIT_MS,
      () => `${desired} replicas are desired, not ${count}`,
    );
  }
});
