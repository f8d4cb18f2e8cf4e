import { parseIntOrPercent, parseStrategy, type StrategyConfigInput, type StrategyType } from './deployment-strategy.js';

const EVERY_FIELD: Required<StrategyConfigInput> = {
  maxSurge: 1,
  maxUnavailable: 0,
  canaryPercentage: 10,
  canaryDuration: '30m',
  successThreshold: 95,
  autoPromotionEnabled: true,
  terminationWaitTime: 300,
};
const OWN_FIELDS: Readonly<Record<StrategyType, readonly string[]>> = {
  ROLLING: ['maxSurge', 'maxUnavailable'],
  BLUE_GREEN: ['autoPromotionEnabled', 'terminationWaitTime'],
  CANARY: ['canaryPercentage', 'canaryDuration', 'successThreshold'],
};

describe('a deployment strategy (S1.33)', () => {
  it.each<[string, StrategyType, StrategyConfigInput, object]>([
    ['S1.95', 'ROLLING', { maxSurge: 1, maxUnavailable: 0 }, { maxSurge: 1, maxUnavailable: 0 }],
    ['S1.88', 'ROLLING', {}, { maxSurge: '25%', maxUnavailable: '25%' }],
    ['S1.88', 'ROLLING', { maxSurge: '50%', maxUnavailable: null }, { maxSurge: '50%', maxUnavailable: '25%' }],
    ['S1.96', 'CANARY', { canaryPercentage: 10, canaryDuration: '30m', successThreshold: 95 }, { canaryPercentage: 10, canaryDuration: '30m', successThresholdPercent: 95 }],
    ['S1.98', 'BLUE_GREEN', { autoPromotionEnabled: true, terminationWaitTime: 300 }, { autoPromotionEnabled: true, terminationWaitTimeSeconds: 300 }],
    ['S1.90', 'BLUE_GREEN', { autoPromotionEnabled: false }, { autoPromotionEnabled: false, terminationWaitTimeSeconds: 0 }],
  ])('%s: reads %s %j', (_id, type, input, config) => {
    expect(parseStrategy(type, input)).toEqual({ strategy: { type, config } });
  });

  it.each([null, undefined])('takes the defaults of ROLLING for %s', (input) => {
    expect(parseStrategy('ROLLING', input)).toMatchObject({ strategy: { config: { maxSurge: '25%', maxUnavailable: '25%' } } });
  });

  it.each(Object.keys(OWN_FIELDS) as StrategyType[])('X9: names every field that does not belong to %s, and none that does', (type) => {
    const answer = parseStrategy(type, EVERY_FIELD);
    const named = 'problems' in answer ? answer.problems.map(({ field }) => field) : [];
    expect(named.toSorted()).toEqual(Object.keys(EVERY_FIELD).filter((field) => !OWN_FIELDS[type].includes(field)).toSorted());
  });

  it('X9: ignores fields of other strategies that are null, as GraphQL clients send them', () => {
    expect(parseStrategy('ROLLING', { maxSurge: 1, maxUnavailable: 0, canaryPercentage: null })).toHaveProperty('strategy');
  });

  it.each<[string, StrategyType, StrategyConfigInput, readonly string[]]>([
    ['missing', 'CANARY', {}, ['canaryPercentage', 'canaryDuration', 'successThreshold']],
    ['missing', 'BLUE_GREEN', {}, ['autoPromotionEnabled']],
    ['both zero', 'ROLLING', { maxSurge: 0, maxUnavailable: 0 }, ['maxSurge']],
    ['both zero', 'ROLLING', { maxSurge: '0%', maxUnavailable: '000%' }, ['maxSurge']],
    ['negative', 'ROLLING', { maxSurge: -1, maxUnavailable: 1 }, ['maxSurge']],
    ['fraction', 'ROLLING', { maxSurge: 1.5, maxUnavailable: 1 }, ['maxSurge']],
    ['absurd', 'ROLLING', { maxSurge: 1001, maxUnavailable: '101%' }, ['maxSurge', 'maxUnavailable']],
    ['text', 'ROLLING', { maxSurge: '1', maxUnavailable: 'a lot' }, ['maxSurge', 'maxUnavailable']],
    ['out of range', 'CANARY', { canaryPercentage: 0, canaryDuration: '30m', successThreshold: 101 }, ['canaryPercentage', 'successThreshold']],
    ['out of range', 'CANARY', { canaryPercentage: 100, canaryDuration: '-1m', successThreshold: Number.NaN }, ['canaryPercentage', 'canaryDuration', 'successThreshold']],
    ['no unit', 'CANARY', { canaryPercentage: 10, canaryDuration: '30', successThreshold: 95 }, ['canaryDuration']],
    ['negative', 'BLUE_GREEN', { autoPromotionEnabled: true, terminationWaitTime: -1 }, ['terminationWaitTime']],
    ['over a week', 'BLUE_GREEN', { autoPromotionEnabled: true, terminationWaitTime: 604_801 }, ['terminationWaitTime']],
  ])('X9: refuses what is %s (%s %j), naming the fields', (_what, type, input, fields) => {
    const answer = parseStrategy(type, input);
    expect('problems' in answer && answer.problems.map(({ field }) => field)).toEqual(fields);
  });

  it('reads counts and percentages', () => {
    expect(parseIntOrPercent(3)).toEqual({ replicas: 3 });
    expect(parseIntOrPercent('25%')).toEqual({ percent: 25 });
    expect(parseIntOrPercent(Number.NaN)).toHaveProperty('problem');
    expect(parseIntOrPercent('')).toHaveProperty('problem');
    expect(parseIntOrPercent('%')).toHaveProperty('problem');
  });
});
