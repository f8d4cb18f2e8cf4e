import { evaluation, finding, scalingRule } from '../fixtures/scaling-rules.js';
import { SINCE } from '../fixtures/small-deployment.js';
import { evaluationText, findingText } from './evaluation-text.js';

const rule = scalingRule(1);
const waiting = scalingRule(2, { metricType: 'requestsWaiting', aggregate: 'P95', minThreshold: null });
const plain = (text: string): string => text;

describe('what a rule found', () => {
  it.each([
    [finding(rule, { value: 9.234567, crossed: 'ABOVE', asks: 3 }), '9.235, above 8: asks for 3 replicas'],
    [finding(rule, { value: 0, crossed: 'BELOW', asks: 1 }), '0, below 2: asks for 1 replica'],
    [finding(rule, { value: 5 }), '5, from 2 to 8'],
    [finding(rule, { value: null }), 'not known: asks for nothing'],
  ])('is told in words: %j', (found, text) => expect(findingText(found, rule)).toBe(text));

  it.each([
    ['COOLDOWN', 'only now'],
    ['AT_MAX_REPLICAS', 'as many as it allows (10)'],
    ['AT_MIN_REPLICAS', 'as few as the rules allow'],
    ['REPLICAS_STARTING', 'those that start may be enough'],
    ['ROLLOUT', 'during a rollout'],
    ['WOULD_RISE_AGAIN', 'would ask for more again'],
    ['FIGURES_MISSING', 'might be the busy one'],
    ['OUTBID', 'another rule wants more'],
    // Newer than the tool.
    ['NIGHT', 'NIGHT'],
  ])('is told with why it changes nothing: %s', (heldBack, why) => {
    const told = findingText(finding(rule, { value: 9, crossed: 'ABOVE', heldBack }), rule);
    expect(told).toMatch(/^9, above 8: asks for nothing, /);
    expect(told).toContain(why);
  });

  it('never reads as if it were on the other side of its threshold', () => {
    expect(findingText(finding(rule, { value: 8.00001, crossed: 'ABOVE', asks: 3 }), rule)).toBe('8.00001, above 8: asks for 3 replicas');
    expect(findingText(finding(rule, { value: 1.99999, crossed: 'BELOW', asks: 1 }), rule)).toBe('1.99999, below 2: asks for 1 replica');
  });

  it.each([
    ['whose only threshold is above', { minThreshold: null }, 5, '5, not above 8'],
    ['whose only threshold is below', { maxThreshold: null }, 5, '5, not below 2'],
  ])('of a rule %s names that one', (_case, more, value, text) => expect(findingText(finding(rule, { value }), scalingRule(1, more))).toBe(text));

  it('does not claim a threshold that cannot have been the one compared, nor one of a rule that is not known', () => {
    const crossed = finding(rule, { value: 9, crossed: 'ABOVE', asks: 3 });
    for (const now of [scalingRule(1, { maxThreshold: 12 }), scalingRule(1, { maxThreshold: null }), undefined]) {
      expect(findingText(crossed, now)).toBe('9, above what its threshold was: asks for 3 replicas');
    }
    expect(findingText(finding(rule, { value: 1, crossed: 'BELOW', asks: 1 }), scalingRule(1, { minThreshold: 0.5 }))).toContain('below what its threshold was');
    expect(findingText(finding(rule, { value: 9 }), rule)).toBe('9, within what its thresholds were');
    expect(findingText(finding(rule, { value: 9 }), undefined)).toBe('9, within what its thresholds were');
  });
});

describe('an evaluation', () => {
  it('says what was decided, by which rule, and under which circumstances', () => {
    const findings = [finding(rule, { value: 9, crossed: 'ABOVE', asks: 3 }), finding(waiting, { value: 1 })];
    const changed = evaluation({ decided: 3, decidedByRuleId: rule.id, starting: 1, duringRollout: true, findings });
    expect(evaluationText(changed, [rule, waiting], (text) => `*${text}*`)).toBe(
      `${SINCE}  *2 -> 3 replicas, by avg inFlight (a0000001)* (1 of them starting, a rollout is under way)\n    avg inFlight (a0000001)         9, above 8: asks for 3 replicas\n    p95 requestsWaiting (a0000002)  1, not above 8`,
    );
  });

  it('says that the bounds decided, that a rule is gone, and that nothing changed', () => {
    expect(evaluationText(evaluation({ desired: 12, decided: 10, findings: [finding(rule, {})] }), [rule], plain)).toContain('  12 -> 10 replicas, to keep the bounds of the rules\n');
    expect(evaluationText(evaluation({ decided: 1, decidedByRuleId: rule.id, findings: [finding(rule, {})] }), [], plain)).toContain('2 -> 1 replica, by a rule that is gone (a0000001)\n    a rule that is gone (a0000001)  5, ');
    expect(evaluationText(evaluation({ findings: [finding(rule, {})] }), [rule], plain)).toContain(`${SINCE}  stays at 2 replicas\n`);
  });

  it('says why no rule was looked at', () => {
    expect(evaluationText(evaluation({}), [], plain)).toBe(`${SINCE}  stays at 2 replicas\n    no rule is enabled`);
    expect(evaluationText(evaluation({ desired: 0, decided: 0 }), [rule], plain)).toContain('scaled to 0 by hand');
  });
});
