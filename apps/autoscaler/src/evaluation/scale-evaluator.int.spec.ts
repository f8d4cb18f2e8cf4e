import { streams } from '@slipway/contracts';
import { AutoscalerLab } from '../testing/autoscaler-lab.js';

const CREATE = 'mutation ($input: CreateAutoScalingRuleInput!) { createAutoScalingRule(input: $input) { rule { id } } }';
const EVALUATIONS = 'scaleEvaluations(limit: 5) { at desired starting duringRollout decided decidedByRuleId findings { ruleId metricType aggregate minThreshold maxThreshold value crossed asks heldBack } }';

describe.each([1, 2])('the evaluation of auto-scaling rules by %d instances at once (S1.6)', (instances) => {
  let lab: AutoscalerLab;
  beforeEach(async () => {
    lab = await AutoscalerLab.open(instances);
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  const rule = async (input: object = {}): Promise<string> =>
    (await lab.ask(CREATE, { input: { deploymentId: 'd', metricType: 'inFlight', minThreshold: 2, maxThreshold: 8, ...input } })).createAutoScalingRule.rule.id;
  const changes = async () => (await lab.facts(streams.scaling('d'))).filter(({ type }) => type === 'ReplicasDesiredChanged');
  const desired = (desiredReplicaCount: number) => lab.command('d', { type: 'ChangeDeployment', settings: { desiredReplicaCount }, atMs: lab.nowMs });

  it('asks for one more under load, and tells why', async () => {
    await lab.create('d');
    await lab.launch('d', 'd-0');
    const ruleId = await rule();
    await lab.inFlight('d', { 'd-0': 9 });
    await lab.evaluate();
    expect(await changes()).toMatchObject([{ from: 1, to: 2, ruleId }]);
    const { scaleEvaluations } = await lab.entity('ModelDeployment', 'd', EVALUATIONS);
    expect(scaleEvaluations).toMatchObject([{ desired: 1, starting: 0, decided: 2, decidedByRuleId: ruleId, findings: [{ ruleId, metricType: 'inFlight', aggregate: 'AVG', minThreshold: 2, maxThreshold: 8, value: 9, crossed: 'ABOVE', asks: 2, heldBack: null }] }]);
  });

  it('answers, and decides, only once it knows what the log held when it started', async () => {
    await lab.create('d');
    await lab.launch('d', 'd-0');
    const id = await rule();
    await lab.restart();
    const { autoScalingRules } = await lab.entity('ReplicaManagement', 'd', 'autoScalingRules { id }');
    expect(autoScalingRules).toEqual([{ id }]);
    await lab.inFlight('d', { 'd-0': 9 });
    await lab.evaluate();
    expect(await changes()).toMatchObject([{ from: 1, to: 2 }]);
  });

  it('asks once, however often it looks before it is done', async () => {
    await lab.create('d');
    await lab.launch('d', 'd-0');
    await rule();
    await lab.inFlight('d', { 'd-0': 9 });
    for (let look = 0; look < 4; look += 1) await lab.evaluate();
    await desired(2);
    await lab.launch('d', 'd-1', { ready: false });
    for (let look = 0; look < 4; look += 1) await lab.evaluate();
    expect(await changes()).toHaveLength(1);
  });

  it('asks for fewer when the load is gone, within the bounds', async () => {
    await lab.create('d', 3);
    for (const replicaId of ['d-0', 'd-1', 'd-2']) await lab.launch('d', replicaId);
    await rule({ stepSize: 5, minReplicas: 2 });
    await lab.inFlight('d', { 'd-0': 0, 'd-1': 0, 'd-2': 0 });
    await lab.evaluate();
    expect(await changes()).toMatchObject([{ from: 3, to: 2 }]);
  });

  it('knows nothing while no proxy tells anything, and records that once', async () => {
    await lab.create('d');
    await lab.launch('d', 'd-0');
    await rule();
    for (let look = 0; look < 5; look += 1) await lab.evaluate(60_000);
    const facts = await lab.facts(streams.scaling('d'));
    expect(facts).toMatchObject([{ type: 'AutoScalingRuleCreated' }, { type: 'ScaleEvaluated', findings: [{ value: null, metric: 'inFlight' }] }]);
    expect(facts).toHaveLength(2);
  });

  it('looks only at replicas that are sent requests: a warm old revision does not make it look idle', async () => {
    await lab.create('d');
    await lab.launch('d', 'd-0', { revisionId: 'r1' });
    await lab.launch('d', 'd-1', { revisionId: 'r2' });
    await lab.routes('d', { r2: 100 });
    await rule();
    await lab.inFlight('d', { 'd-1': 9 }, 'r2');
    await lab.inFlight('d', { 'd-0': 0 }, 'r1');
    await lab.evaluate();
    expect(await changes()).toMatchObject([{ from: 1, to: 2 }]);
  });

  it('takes nothing away during a rollout', async () => {
    await lab.create('d', 2);
    await lab.launch('d', 'd-0');
    await lab.launch('d', 'd-1');
    await rule();
    const of = { deploymentId: 'd', activationId: 'a', atMs: lab.nowMs };
    const plan = { targetRevisionId: 'r2', previousRevisionId: 'r1', strategy: 'ROLLING', sideBySide: false, desired: 2, surge: 1, unavailable: 0, progressDeadlineMs: 1, plan: [] } as const;
    await lab.write(streams.rollout('a'), { type: 'RolloutStarted', rolloutId: 'a', ...of, ...plan });
    await lab.inFlight('d', { 'd-0': 0, 'd-1': 0 });
    await lab.evaluate();
    expect(await changes()).toEqual([]);
    await lab.write(streams.rollout('a'), { type: 'RolloutCompleted', ...of });
    await lab.evaluate();
    expect(await changes()).toMatchObject([{ from: 2, to: 1 }]);
  });

  it('goes by what engines tell, too', async () => {
    await lab.create('d');
    await lab.launch('d', 'd-0');
    await rule({ metricType: 'requestsWaiting', minThreshold: null, maxThreshold: 3 });
    await lab.engineWaits('d-0', 5);
    await lab.evaluate();
    expect(await changes()).toMatchObject([{ from: 1, to: 2 }]);
  });

  it('stops when the deployment is being deleted, sleeps, or has its rules switched off', async () => {
    await lab.create('d');
    await lab.launch('d', 'd-0');
    const id = await rule();
    await lab.ask('mutation ($input: UpdateAutoScalingRuleInput!) { updateAutoScalingRule(input: $input) { rule { id } } }', { input: { deploymentId: 'd', id, enabled: false } });
    await lab.inFlight('d', { 'd-0': 99 });
    await lab.evaluate();
    await rule();
    await desired(0);
    await lab.evaluate();
    await desired(1);
    await lab.command('d', { type: 'DeleteDeployment', atMs: lab.nowMs });
    await lab.evaluate();
    expect((await lab.facts(streams.scaling('d'))).map(({ type }) => type)).toEqual(['AutoScalingRuleCreated', 'AutoScalingRuleUpdated', 'AutoScalingRuleCreated']);
  });
});
