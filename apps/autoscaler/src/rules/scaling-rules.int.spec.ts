import { streams } from '@slipway/contracts';
import { SCALING_RULES_MAX } from '@slipway/domain';
import { AutoscalerLab } from '../testing/autoscaler-lab.js';

const RULE = '{ id metricType threshold aggregate minThreshold maxThreshold stepSize timeWindow minReplicas maxReplicas enabled createdAt lastTriggeredAt }';
const CREATE = `mutation ($input: CreateAutoScalingRuleInput!) { createAutoScalingRule(input: $input) { rule ${RULE} } }`;
const UPDATE = `mutation ($input: UpdateAutoScalingRuleInput!) { updateAutoScalingRule(input: $input) { rule ${RULE} } }`;
const DELETE = 'mutation ($input: DeleteAutoScalingRuleInput!) { deleteAutoScalingRule(input: $input) { deletedId } }';
const busy = { deploymentId: 'd', metricType: 'inFlight', maxThreshold: 8 };

describe('auto-scaling rules through the graph (S1.6, X11)', () => {
  let lab: AutoscalerLab;
  beforeEach(async () => {
    lab = await AutoscalerLab.open();
    await lab.create('d');
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  const create = async (input: object = busy, key: string | null = null) => (await lab.ask(CREATE, { input }, key)).createAutoScalingRule.rule;
  const rules = async (instant = 'now') => (await lab.entity('ReplicaManagement', 'd', `autoScalingRules ${RULE}`, instant)).autoScalingRules;

  it('are made with what is given and the documented defaults, and can be read at once', async () => {
    const rule = await create();
    expect(rule).toEqual({
      ...{ id: expect.stringMatching(/^[0-9a-f-]{36}$/), metricType: 'inFlight', threshold: 8, aggregate: 'AVG', minThreshold: null, maxThreshold: 8, stepSize: 1, timeWindow: 60 },
      ...{ minReplicas: 1, maxReplicas: 10, enabled: true, createdAt: new Date(lab.nowMs).toISOString(), lastTriggeredAt: null },
    });
    expect(await rules()).toEqual([rule]);
  });

  it('are changed in what is given; a threshold given as null is taken away', async () => {
    const { id } = await create({ ...busy, minThreshold: 2 });
    const { updateAutoScalingRule } = await lab.ask(UPDATE, { input: { deploymentId: 'd', id, maxThreshold: null, stepSize: 2, enabled: null } });
    expect(updateAutoScalingRule.rule).toMatchObject({ id, threshold: 2, minThreshold: 2, maxThreshold: null, stepSize: 2, enabled: true, metricType: 'inFlight' });
    expect(await rules()).toMatchObject([{ stepSize: 2 }]);
  });

  it('are deleted, and once', async () => {
    const { id } = await create();
    const input = { deploymentId: 'd', id };
    expect(await lab.ask(DELETE, { input })).toEqual({ deleteAutoScalingRule: { deletedId: id } });
    expect(await lab.ask(DELETE, { input })).toEqual({ deleteAutoScalingRule: { deletedId: id } });
    expect(await rules()).toEqual([]);
    expect((await lab.facts(streams.scaling('d'))).map(({ type }) => type)).toEqual(['AutoScalingRuleCreated', 'AutoScalingRuleDeleted']);
  });

  it('are made once under one idempotency key', async () => {
    const [first, second] = [await create(busy, 'k'), await create(busy, 'k')];
    expect(second).toEqual(first);
    expect(await rules()).toHaveLength(1);
  });

  it('are shown as they were at a past instant', async () => {
    const before = lab.nowMs;
    lab.nowMs += 1_000;
    const rule = await create();
    const then = lab.nowMs;
    lab.nowMs += 1_000;
    await lab.ask(DELETE, { input: { deploymentId: 'd', id: rule.id } });
    expect(await rules(new Date(before).toISOString())).toEqual([]);
    expect(await rules(new Date(then).toISOString())).toEqual([rule]);
    expect(await rules()).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['INVALID_INPUT', { metricType: 'inflight' }, 'metricType is none of'],
    ['INVALID_INPUT', { maxThreshold: null }, 'maxThreshold or minThreshold is needed'],
    ['INVALID_INPUT', { minThreshold: 9 }, 'minThreshold (9) must be below maxThreshold (8)'],
    ['INVALID_INPUT', { maxThreshold: -1 }, 'maxThreshold is a number that is not negative'],
    ['INVALID_INPUT', { stepSize: 0, timeWindow: -1 }, 'stepSize is a whole number from 1 to 100; timeWindow is a whole number from 0 to 86400'],
    ['INVALID_INPUT', { minReplicas: 0 }, 'minReplicas is a whole number from 1 to 1000'],
    ['INVALID_INPUT', { minReplicas: 5, maxReplicas: 4 }, 'minReplicas (5) must not be above maxReplicas (4)'],
    ['DEPLOYMENT_NOT_FOUND', { deploymentId: 'nope' }, 'there is no deployment nope'],
    ['DEPLOYMENT_NOT_FOUND', { deploymentId: '../d' }, 'there is no deployment ../d'],
  ])('are refused as %s when given %j, and the log stays as it was', async (code, changes, message) => {
    const head = await lab.log.head();
    const refused = await lab.refused(CREATE, { input: { ...busy, ...changes } });
    expect(refused).toEqual({ code, message: expect.stringContaining(message) });
    expect(await lab.log.head()).toBe(head);
  });

  it('that are not there are neither changed nor deleted', async () => {
    const input = { deploymentId: 'd', id: 'rule-x' };
    for (const document of [UPDATE, DELETE]) expect(await lab.refused(document, { input })).toEqual({ code: 'SCALING_RULE_NOT_FOUND', message: 'deployment d has no auto-scaling rule rule-x' });
  });

  it('are limited in number', async () => {
    for (let count = 0; count < SCALING_RULES_MAX; count += 1) await create();
    expect(await lab.refused(CREATE, { input: busy })).toMatchObject({ code: 'TOO_MANY_SCALING_RULES' });
  });

  it('are not made for a deployment that is being deleted', async () => {
    await lab.command('d', { type: 'DeleteDeployment', atMs: lab.nowMs });
    await lab.evaluate();
    expect(await lab.refused(CREATE, { input: busy })).toMatchObject({ code: 'DEPLOYMENT_GONE' });
  });
});
