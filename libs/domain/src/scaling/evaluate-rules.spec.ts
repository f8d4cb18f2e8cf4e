import { evaluateRules, SCALING_COOLDOWN_MS, type KnownRule } from './evaluate-rules.js';
import type { MeasuredReplicaFigures, ScaleInputs } from './scale-evaluation.js';
import { SCALING_RULE_DEFAULTS, type ScalingMetric } from './scaling-rule.js';

const rule = (changes: Partial<KnownRule> = {}): KnownRule => ({
  ...SCALING_RULE_DEFAULTS, ruleId: 'r', metric: 'inFlight', maxThreshold: 8, minThreshold: 2, lastTriggeredAtMs: null, ...changes,
});
const measured = (figures: readonly (number | null)[], metric: ScalingMetric = 'inFlight'): readonly MeasuredReplicaFigures[] =>
  figures.map((figure, index) => ({ replicaId: `d-${index}`, figures: { [metric]: figure } }));
const inputs = (figures: readonly (number | null)[], changes: Partial<ScaleInputs> = {}): ScaleInputs => ({
  desired: figures.length, starting: 0, duringRollout: false, replicas: measured(figures), ...changes,
});
const now = { atMs: 1_000_000, lastChangedAtMs: null };
const evaluate = (rules: readonly KnownRule[], given: ScaleInputs, at: Parameters<typeof evaluateRules>[2] = now) => evaluateRules(rules, given, at);
const heldBack = (...args: Parameters<typeof evaluate>) => evaluate(...args).findings.map((finding) => finding.heldBack);

describe('auto-scaling rules (S1.6, X11)', () => {
  it('ask for a step more above the upper threshold, and for a step fewer below the lower one', () => {
    expect(evaluate([rule({ stepSize: 2 })], inputs([9, 9]))).toMatchObject({ desired: 4, ruleId: 'r', findings: [{ value: 9, crossed: 'above', asks: 4 }] });
    expect(evaluate([rule()], inputs([1, 1, 1]))).toMatchObject({ desired: 2, ruleId: 'r', findings: [{ value: 1, crossed: 'below', asks: 2 }] });
    expect(evaluate([rule()], inputs([8, 8]))).toMatchObject({ desired: 2, ruleId: null, findings: [{ crossed: null, asks: null }] });
  });

  it.each([
    ['avg', 5], ['min', 1], ['max', 9], ['sum', 15], ['p95', 9],
  ] as const)('compare the %s of the replicas', (aggregate, value) => {
    expect(evaluate([rule({ aggregate })], inputs([1, 9, 5])).findings).toMatchObject([{ value }]);
  });

  it('keep a step that is too large within the bounds instead of dropping it', () => {
    expect(evaluate([rule({ stepSize: 5, maxReplicas: 4 })], inputs([9, 9]))).toMatchObject({ desired: 4 });
    expect(evaluate([rule({ stepSize: 5, minReplicas: 2 })], inputs([0, 0, 0]))).toMatchObject({ desired: 2 });
    expect(heldBack([rule({ maxReplicas: 2 })], inputs([9, 9]))).toEqual(['AT_MAX_REPLICAS']);
    expect(heldBack([rule({ minReplicas: 2 })], inputs([0, 0]))).toEqual(['AT_MIN_REPLICAS']);
  });

  it('bring a deployment back within the bounds without any threshold crossed', () => {
    expect(evaluate([rule({ minReplicas: 3 })], inputs([5]))).toMatchObject({ desired: 3, ruleId: null });
    expect(evaluate([rule({ maxReplicas: 1 })], inputs([5, 5]))).toMatchObject({ desired: 1, ruleId: null });
    expect(evaluate([rule({ maxReplicas: 1 })], inputs([5, 5], { duringRollout: true }))).toMatchObject({ desired: 2 });
  });

  it('are all looked at: more beats fewer, and the highest wins', () => {
    const slow = (ruleId: string, stepSize: number) => rule({ ruleId, metric: 'ttftP95Ms', maxThreshold: 500, minThreshold: null, stepSize });
    const rules = [rule({ ruleId: 'fewer' }), slow('more', 1), slow('most', 3)];
    const idleButSlow = [0, 1].map((index) => ({ replicaId: `d-${index}`, figures: { inFlight: 1, ttftP95Ms: 900 } }));
    expect(evaluate(rules, { ...inputs([1, 1]), replicas: idleButSlow })).toMatchObject({ desired: 5, ruleId: 'most', findings: [{ heldBack: 'OUTBID' }, { heldBack: 'OUTBID' }, { asks: 5 }] });
    expect(evaluate([rule({ ruleId: 'a', minThreshold: 5, maxThreshold: null, stepSize: 2 }), rule({ ruleId: 'b', minThreshold: 5, maxThreshold: null })], inputs([1, 1, 1, 1])))
      .toMatchObject({ desired: 3, ruleId: 'b' });
  });

  it('change nothing while they, or the deployment, cool down', () => {
    const cooling = rule({ lastTriggeredAtMs: now.atMs - 59_999 });
    expect(heldBack([cooling], inputs([9]))).toEqual(['COOLDOWN']);
    expect(heldBack([rule({ lastTriggeredAtMs: now.atMs - 60_000 })], inputs([9]))).toEqual([null]);
    expect(heldBack([rule()], inputs([9]), { ...now, lastChangedAtMs: now.atMs - SCALING_COOLDOWN_MS + 1 })).toEqual(['COOLDOWN']);
    expect(heldBack([rule()], inputs([9]), { ...now, lastChangedAtMs: now.atMs - SCALING_COOLDOWN_MS })).toEqual([null]);
  });

  it('do not wait for a clock that was put back to be as late again', () => {
    const inAnHour = now.atMs + 3_600_000;
    expect(heldBack([rule({ lastTriggeredAtMs: inAnHour })], inputs([9]), { ...now, lastChangedAtMs: inAnHour })).toEqual([null]);
    expect(heldBack([rule()], inputs([9]), { ...now, lastChangedAtMs: now.atMs + 1_000 })).toEqual(['COOLDOWN']);
  });

  it('count replicas that start as if they were there', () => {
    expect(heldBack([rule()], inputs([12], { desired: 2, starting: 1 }))).toEqual(['REPLICAS_STARTING']);
    expect(evaluate([rule()], inputs([20], { desired: 2, starting: 1 }))).toMatchObject({ desired: 3 });
    const slow = rule({ metric: 'ttftP95Ms', maxThreshold: 500, minThreshold: null });
    expect(heldBack([slow], { ...inputs([], { desired: 2, starting: 1 }), replicas: measured([9000], 'ttftP95Ms') })).toEqual(['REPLICAS_STARTING']);
  });

  it('take nothing away during a rollout, but add', () => {
    expect(heldBack([rule()], inputs([0, 0], { duringRollout: true }))).toEqual(['ROLLOUT']);
    expect(evaluate([rule()], inputs([9, 9], { duringRollout: true }))).toMatchObject({ desired: 3 });
  });

  it('take nothing away that would be asked for again at once', () => {
    expect(heldBack([rule({ maxThreshold: 5, minThreshold: 4 })], inputs([3, 3]))).toEqual(['WOULD_RISE_AGAIN']);
    expect(heldBack([rule({ maxThreshold: 6, minThreshold: 4 })], inputs([3, 3]))).toEqual([null]);
    expect(heldBack([rule({ aggregate: 'sum', maxThreshold: 7, minThreshold: 6.5 })], inputs([3, 3]))).toEqual([null]);
  });

  it('know nothing of what is unknown: no rule is crossed by it, and nothing is taken away for it', () => {
    expect(evaluate([rule()], inputs([null, null]))).toMatchObject({ desired: 2, findings: [{ value: null, crossed: null }] });
    expect(evaluate([rule()], inputs([], { desired: 2 }))).toMatchObject({ desired: 2, findings: [{ value: null, crossed: null }] });
    expect(heldBack([rule()], inputs([0, null]))).toEqual(['FIGURES_MISSING']);
    expect(evaluate([rule()], inputs([9, null]))).toMatchObject({ desired: 3 });
  });

  it('leave a deployment alone that was scaled to 0, and do nothing when they are switched off', () => {
    expect(evaluate([rule({ minReplicas: 1 })], inputs([], { desired: 0 }))).toEqual({ findings: [], desired: 0, ruleId: null });
    expect(evaluate([rule({ enabled: false })], inputs([99]))).toEqual({ findings: [], desired: 1, ruleId: null });
  });
});
