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
  ])('is told in words: %j', (found, text) => expect(findingText(found)).toBe(text));

  it.each([
    ['COOLDOWN', 'too soon after the last change'],
    ['AT_MAX_REPLICAS', 'as many as it allows'],
    ['AT_MIN_REPLICAS', 'as few as the rules allow'],
    ['REPLICAS_STARTING', 'those that start may be enough'],
    ['ROLLOUT', 'during a rollout'],
    ['WOULD_RISE_AGAIN', 'would ask for more again'],
    ['FIGURES_MISSING', 'might be the busy one'],
    ['OUTBID', 'another rule wants more'],
    // Newer than the tool.
    ['NIGHT', 'NIGHT'],
  ])('is told with why it changes nothing: %s', (heldBack, why) => {
    const told = findingText(finding(rule, { value: 9, crossed: 'ABOVE', heldBack }));
    expect(told).toMatch(/^9, above 8: asks for nothing, /);
    expect(told).toContain(why);
  });

  it('never reads as if it were on the other side of its threshold', () => {
    expect(findingText(finding(rule, { value: 8.00001, crossed: 'ABOVE', asks: 3 }))).toBe('8.00001, above 8: asks for 3 replicas');
    expect(findingText(finding(rule, { value: 1.99999, crossed: 'BELOW', asks: 1 }))).toBe('1.99999, below 2: asks for 1 replica');
  });

  it.each([
    ['whose only threshold is above', { minThreshold: null }, 5, '5, not above 8'],
    ['whose only threshold is below', { maxThreshold: null }, 5, '5, not below 2'],
  ])('of a rule %s names that one', (_case, more, value, text) => expect(findingText(finding(scalingRule(1, more), { value }))).toBe(text));
});

describe('an evaluation', () => {
  it('says what was decided, by which rule, and under which circumstances', () => {
    const findings = [finding(rule, { value: 9, crossed: 'ABOVE', asks: 3 }), finding(waiting, { value: 1 })];
    const changed = evaluation({ decided: 3, decidedByRuleId: rule.id, starting: 1, duringRollout: true, findings });
    expect(evaluationText(changed, (text) => `*${text}*`)).toBe(
      `${SINCE}  *2 -> 3 replicas, by avg inFlight (a0000001)* (1 of them starting, a rollout is under way)\n    avg inFlight (a0000001)         9, above 8: asks for 3 replicas\n    p95 requestsWaiting (a0000002)  1, not above 8`,
    );
  });

  it('says that the bounds decided, or that nothing changed', () => {
    expect(evaluationText(evaluation({ desired: 12, decided: 10, findings: [finding(rule, {})] }), plain)).toContain('  12 -> 10 replicas, to keep the bounds of the rules\n');
    expect(evaluationText(evaluation({ findings: [finding(rule, {})] }), plain)).toContain(`${SINCE}  stays at 2 replicas\n`);
  });

  it('says why no rule was looked at', () => {
    expect(evaluationText(evaluation({}), plain)).toBe(`${SINCE}  stays at 2 replicas\n    no rule is enabled`);
    expect(evaluationText(evaluation({ desired: 0, decided: 0 }), plain)).toContain('scaled to 0 by hand');
  });
});
