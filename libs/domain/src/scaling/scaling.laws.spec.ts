import fc from 'fast-check';
import { atMs, id, is, nullable, obeysTheLaws } from '../decider.conformance.js';
import { evaluateRules, type KnownRule } from './evaluate-rules.js';
import { scaling } from './scaling.js';
import type { ScalingCommand } from './scaling-events.js';
import { SCALING_AGGREGATES, type ScalingRule } from './scaling-rule.js';

const threshold = nullable(fc.integer({ min: 0, max: 10 }));
const rule: fc.Arbitrary<ScalingRule> = fc.record({
  ruleId: id,
  metric: fc.constantFrom('inFlight' as const, 'ttftP95Ms' as const),
  aggregate: fc.constantFrom(...SCALING_AGGREGATES),
  minThreshold: threshold,
  maxThreshold: threshold,
  stepSize: fc.integer({ min: 1, max: 3 }),
  cooldownMs: fc.constantFrom(0, 10_000, 60_000),
  minReplicas: fc.integer({ min: 1, max: 3 }),
  maxReplicas: fc.integer({ min: 1, max: 8 }),
  enabled: fc.boolean(),
});
const figures = fc.record({ replicaId: id, figures: fc.record({ inFlight: nullable(fc.nat(12)), ttftP95Ms: nullable(fc.nat(12)) }) });
const inputs = fc.record({ desired: fc.nat(8), starting: fc.nat(3), duringRollout: fc.boolean(), replicas: fc.array(figures, { maxLength: 8 }) });
const deploymentId = is('d');
const command: fc.Arbitrary<ScalingCommand> = fc.oneof(
  fc.record({ type: is('CreateScalingRule'), deploymentId, rule, atMs }),
  fc.record({ type: is('UpdateScalingRule'), deploymentId, ruleId: id, changes: rule.map(({ ruleId: _, ...changes }) => changes), atMs }),
  fc.record({ type: is('DeleteScalingRule'), deploymentId, ruleId: id, atMs }),
  fc.record({ type: is('EvaluateScale'), deploymentId, inputs, atMs: fc.nat(200_000) }),
);

describe('scaling by rules', () => {
  obeysTheLaws(scaling, command);

  const known: fc.Arbitrary<KnownRule> = rule.map((one) => ({ ...one, lastTriggeredAtMs: null }));
  const now = { atMs: 1_000_000, lastChangedAtMs: null };

  it('stays within the bounds of the rules, and never wakes or stops what sleeps', () => {
    fc.assert(
      fc.property(fc.array(known, { minLength: 1, maxLength: 5 }), inputs, (rules, given) => {
        const { desired } = evaluateRules(rules, given, now);
        const enabled = rules.filter((one) => one.enabled);
        if (enabled.length === 0 || given.desired === 0) return void expect(desired).toBe(given.desired);
        const most = Math.max(...enabled.map((one) => one.maxReplicas));
        const least = Math.max(...enabled.map((one) => one.minReplicas));
        expect(desired).toBeGreaterThanOrEqual(given.duringRollout ? given.desired : least);
        expect(desired).toBeLessThanOrEqual(Math.max(most, least, given.duringRollout ? given.desired : 0));
      }),
    );
  });

  it('comes to rest under an even load, whatever the rule, and does not flap', () => {
    const thresholds = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 })).filter(([low, high]) => low < high);
    fc.assert(
      fc.property(rule, thresholds, fc.nat(100), fc.integer({ min: 1, max: 8 }), (one, [minThreshold, maxThreshold], load, start) => {
        const only = { ...one, aggregate: 'avg' as const, metric: 'inFlight' as const, minThreshold, maxThreshold, enabled: true, lastTriggeredAtMs: null };
        const sizes = [start];
        for (let step = 0; step < 40; step += 1) {
          const desired = sizes.at(-1) ?? start;
          const replicas = Array.from({ length: desired }, (_, index) => ({ replicaId: `d-${index}`, figures: { inFlight: load / desired } }));
          sizes.push(evaluateRules([only], { desired, starting: 0, duringRollout: false, replicas }, now).desired);
        }
        const turns = sizes.filter((size, index) => index >= 2 && Math.sign(size - (sizes[index - 1] ?? 0)) * Math.sign((sizes[index - 1] ?? 0) - (sizes[index - 2] ?? 0)) < 0);
        expect(sizes.at(-1)).toBe(sizes.at(-2));
        expect(turns.length).toBeLessThanOrEqual(1); // at most one, from outside the bounds or past what is needed by a large step
      }),
    );
  });
});
