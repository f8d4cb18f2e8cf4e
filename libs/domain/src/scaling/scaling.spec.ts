import { accept, fold, reject } from '../decider.js';
import { given } from '../given-when-then.js';
import type { ScaleInputs } from './scale-evaluation.js';
import { OTHER_EVALUATION_RECORDED_EVERY_MS, SAME_EVALUATION_RECORDED_EVERY_MS, scaling, SCALING_RULES_MAX } from './scaling.js';
import type { ScalingCommand, ScalingEvent } from './scaling-events.js';
import { SCALING_RULE_DEFAULTS, type ScalingRule } from './scaling-rule.js';

const rule = (ruleId = 'r'): ScalingRule => ({ ...SCALING_RULE_DEFAULTS, ruleId, metric: 'inFlight', maxThreshold: 8 });
const at = { deploymentId: 'd', atMs: 10 };
const create = (ruleId = 'r', changes: Partial<ScalingRule> = {}): ScalingCommand => ({ type: 'CreateScalingRule', rule: { ...rule(ruleId), ...changes }, ...at });
const created = (ruleId = 'r'): ScalingEvent => ({ type: 'AutoScalingRuleCreated', rule: rule(ruleId), ...at });
const deleted: ScalingEvent = { type: 'AutoScalingRuleDeleted', ruleId: 'r', ...at };
const evaluate = (inFlight: number, atMs: number, changes: Partial<ScaleInputs> = {}): ScalingCommand => ({
  type: 'EvaluateScale', deploymentId: 'd', atMs,
  inputs: { desired: 1, starting: 0, duringRollout: false, replicas: [{ replicaId: 'd-0', figures: { inFlight } }], ...changes },
});
const typesOf = (decision: ReturnType<typeof scaling.decide>) =>
  'accepted' in decision ? decision.accepted.map(({ type }) => type) : decision;

describe('the rules of a deployment (X11)', () => {
  it('are made, changed and deleted, each once', () => {
    expect(given(scaling).when(create())).toEqual(accept(created()));
    expect(given(scaling, created()).when(create())).toEqual(accept());
    const change: ScalingCommand = { type: 'UpdateScalingRule', ruleId: 'r', changes: { stepSize: 2 }, ...at };
    const changed: ScalingEvent = { type: 'AutoScalingRuleUpdated', rule: { ...rule(), stepSize: 2 }, ...at };
    expect(given(scaling, created()).when(change)).toEqual(accept(changed));
    expect(given(scaling, created(), changed).when(change)).toEqual(accept());
    expect(given(scaling, created()).when({ type: 'DeleteScalingRule', ruleId: 'r', ...at })).toEqual(accept(deleted));
    expect(given(scaling, created(), deleted).when({ type: 'DeleteScalingRule', ruleId: 'r', ...at })).toEqual(accept());
    expect(given(scaling, created(), deleted).when(create())).toEqual(accept());
  });

  it.each(['unknown', 'constructor', '__proto__'])('cannot be changed or deleted under the unknown id %s', (ruleId) => {
    expect(given(scaling, created()).when({ type: 'DeleteScalingRule', ruleId, ...at })).toEqual(reject({ type: 'NoSuchScalingRule', ruleId }));
    expect(given(scaling, created()).when({ type: 'UpdateScalingRule', ruleId, changes: {}, ...at })).toEqual(reject({ type: 'NoSuchScalingRule', ruleId }));
  });

  it.each<[string, Partial<ScalingRule>]>([
    ['maxThreshold', { maxThreshold: null, minThreshold: null }],
    ['minThreshold', { maxThreshold: 2, minThreshold: 2 }],
    ['minReplicas', { minReplicas: 5, maxReplicas: 4 }],
  ])('that contradict themselves are refused, naming %s', (field, changes) => {
    expect(given(scaling).when(create('r', changes))).toMatchObject(reject({ type: 'ContradictoryScalingRule', field }));
    expect(given(scaling, created()).when({ type: 'UpdateScalingRule', ruleId: 'r', changes, ...at })).toMatchObject(reject({ field }));
  });

  it('are limited in number', () => {
    const many = Array.from({ length: SCALING_RULES_MAX }, (_, index) => created(`r${index}`));
    expect(given(scaling, ...many).when(create('one-more'))).toEqual(reject({ type: 'TooManyScalingRules', rulesMax: SCALING_RULES_MAX }));
  });
});

describe('an evaluation', () => {
  it('that changes something is recorded with what it rests on', () => {
    expect(given(scaling, created()).when(evaluate(9, 20))).toEqual(
      accept(
        {
          type: 'ScaleEvaluated', deploymentId: 'd', desired: 1, starting: 0, duringRollout: false, replicas: [{ replicaId: 'd-0', figures: { inFlight: 9 } }],
          findings: [{ ruleId: 'r', metric: 'inFlight', aggregate: 'avg', minThreshold: null, maxThreshold: 8, value: 9, crossed: 'above', asks: 2, heldBack: null }], atMs: 20,
        },
        { type: 'ReplicasDesiredChanged', deploymentId: 'd', from: 1, to: 2, ruleId: 'r', atMs: 20 },
      ),
    );
  });

  it('without rules, or of a deployment that sleeps, records nothing', () => {
    expect(given(scaling).when(evaluate(9, 20))).toEqual(accept());
    expect(given(scaling, created()).when(evaluate(9, 20, { desired: 0, replicas: [] }))).toEqual(accept());
  });

  it('that finds the same again is recorded once a minute, and only when the figures are others', () => {
    const before = () => play(evaluate(3, 100));
    expect(typesOf(before().when(evaluate(4, 200)))).toEqual([]);
    expect(typesOf(before().when(evaluate(3, 100 + SAME_EVALUATION_RECORDED_EVERY_MS)))).toEqual([]);
    expect(typesOf(before().when(evaluate(4, 100 + SAME_EVALUATION_RECORDED_EVERY_MS)))).toEqual(['ScaleEvaluated']);
    expect(typesOf(before().when(evaluate(9, 200)))).toEqual(['ScaleEvaluated', 'ReplicasDesiredChanged']);
  });

  it('that finds something else is recorded, though not at every turn of a figure that goes to and fro', () => {
    const before = () => play(evaluate(3, 100));
    const unknown = (atMs: number) => evaluate(3, atMs, { replicas: [] });
    expect(typesOf(before().when(unknown(100 + OTHER_EVALUATION_RECORDED_EVERY_MS - 1)))).toEqual([]);
    expect(typesOf(before().when(unknown(100 + OTHER_EVALUATION_RECORDED_EVERY_MS)))).toEqual(['ScaleEvaluated']);
  });

  it('is not left out because the one before came from a clock that was ahead', () => {
    const ahead = () => play(evaluate(3, 3_600_000));
    expect(typesOf(ahead().when(evaluate(9, 100)))).toEqual(['ScaleEvaluated', 'ReplicasDesiredChanged']);
    expect(typesOf(ahead().when(evaluate(4, 100)))).toEqual(['ScaleEvaluated']);
  });

  it('asks only once for what it asked for a moment ago', () => {
    const bounded = given(scaling, { type: 'AutoScalingRuleCreated', rule: { ...rule(), minReplicas: 3 }, ...at });
    const first = bounded.when(evaluate(1, 20));
    if (!('accepted' in first)) throw new Error('refused');
    expect(first.accepted.at(-1)).toMatchObject({ type: 'ReplicasDesiredChanged', from: 1, to: 3, ruleId: null });
    const then = given(scaling, { type: 'AutoScalingRuleCreated', rule: { ...rule(), minReplicas: 3 }, ...at }, ...first.accepted);
    expect(then.when(evaluate(1, 2_020))).toEqual(accept());
    expect(typesOf(then.when(evaluate(1, 20_000)))).toEqual(['ScaleEvaluated', 'ReplicasDesiredChanged']);
  });

  it('tells when a rule last changed something', () => {
    const decision = given(scaling, created()).when(evaluate(9, 20));
    const events = 'accepted' in decision ? decision.accepted : [];
    expect(fold(scaling, [created(), ...events]).rules).toMatchObject([{ ruleId: 'r', createdAtMs: 10, lastTriggeredAtMs: 20 }]);
  });

  function play(command: ScalingCommand) {
    const decision = given(scaling, created()).when(command);
    return given(scaling, created(), ...('accepted' in decision ? decision.accepted : []));
  }
});
