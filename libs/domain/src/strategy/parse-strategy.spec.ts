import { parseIntOrPercent, type StrategyConfigInput, type StrategyType } from './deployment-strategy.js';
import { parseStrategy } from './parse-strategy.js';

const EVERY_FIELD: Required<StrategyConfigInput> = {
  maxSurge: 1,
  maxUnavailable: 0,
  canaryPercentage: 10,
  canaryDuration: '30m',
  successThreshold: 95,
  autoPromotionEnabled: true,
  terminationWaitTime: 300,
  autoPromotionSeconds: 5,
  progressDeadlineSeconds: 600,
  steps: [{ setWeight: 10 }],
  analysis: { minRequests: 5 },
};
const OWN_FIELDS: Readonly<Record<StrategyType, readonly string[]>> = {
  ROLLING: ['maxSurge', 'maxUnavailable', 'progressDeadlineSeconds'],
  BLUE_GREEN: ['autoPromotionEnabled', 'autoPromotionSeconds', 'terminationWaitTime', 'analysis', 'progressDeadlineSeconds'],
  CANARY: ['canaryPercentage', 'canaryDuration', 'successThreshold', 'steps', 'analysis', 'terminationWaitTime', 'progressDeadlineSeconds'],
};

describe('a deployment strategy (S1.33)', () => {
  it.each<[string, StrategyType, StrategyConfigInput, object]>([
    ['S1.95', 'ROLLING', { maxSurge: 1, maxUnavailable: 0 }, { maxSurge: 1, maxUnavailable: 0 }],
    ['S1.88', 'ROLLING', {}, { maxSurge: '25%', maxUnavailable: '25%' }],
    ['S1.88', 'ROLLING', { maxSurge: '50%', maxUnavailable: null }, { maxSurge: '50%', maxUnavailable: '25%' }],
    ['S1.96', 'CANARY', { canaryPercentage: 10, canaryDuration: '30m', successThreshold: 95 }, { canaryPercentage: 10, canaryDuration: '30m', successThresholdPercent: 95 }],
    ['S1.98', 'BLUE_GREEN', { autoPromotionEnabled: true, terminationWaitTime: 300 }, { autoPromotionEnabled: true, terminationWaitTimeSeconds: 300 }],
    ['S1.90', 'BLUE_GREEN', { autoPromotionEnabled: false }, { autoPromotionEnabled: false, terminationWaitTimeSeconds: 30 }],
  ])('%s: reads %s %j', (_id, type, input, config) => {
    expect(parseStrategy(type, input)).toEqual({ strategy: { type, config } });
  });

  it.each([null, undefined])('takes the defaults of ROLLING for %s', (input) => {
    expect(parseStrategy('ROLLING', input)).toMatchObject({ strategy: { config: { maxSurge: '25%', maxUnavailable: '25%' } } });
  });

  it.each(Object.keys(OWN_FIELDS) as StrategyType[])('X9: names every field that does not belong to %s, and none that does', (type) => {
    const answer = parseStrategy(type, EVERY_FIELD);
    const named = 'problems' in answer ? answer.problems.filter(({ problem }) => problem.includes('does not belong')).map(({ field }) => field) : [];
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
    ['no time', 'CANARY', { canaryPercentage: 10, canaryDuration: '0s', successThreshold: 95 }, ['canaryDuration']],
    ['no deadline', 'ROLLING', { progressDeadlineSeconds: 9 }, ['progressDeadlineSeconds']],
    ['said twice', 'CANARY', { canaryPercentage: 10, steps: [{ setWeight: 10 }] }, ['canaryPercentage']],
    ['falling', 'CANARY', { steps: [{ setWeight: 50 }, { setWeight: 20 }] }, ['steps[1].setWeight']],
    ['two in one', 'CANARY', { steps: [{ setWeight: 50, setMirror: 5 }, {}] }, ['steps[0]', 'steps[1]']],
    ['no duration', 'CANARY', { steps: [{ pause: { duration: 'soon' } }, { setCanaryScale: { replicas: 0 } }] }, ['steps[0].pause.duration', 'steps[1].setCanaryScale.replicas']],
    ['empty', 'CANARY', { steps: [] }, ['steps']],
    ['no unit', 'CANARY', { canaryPercentage: 10, canaryDuration: '30', successThreshold: 95 }, ['canaryDuration']],
    ['negative', 'BLUE_GREEN', { autoPromotionEnabled: true, terminationWaitTime: -1 }, ['terminationWaitTime']],
    ['over a week', 'BLUE_GREEN', { autoPromotionEnabled: true, terminationWaitTime: 604_801 }, ['terminationWaitTime']],
  ])('X9: refuses what is %s (%s %j), naming the fields', (_what, type, input, fields) => {
    const answer = parseStrategy(type, input);
    expect('problems' in answer && answer.problems.map(({ field }) => field)).toEqual(fields);
  });

  it('reads a list of steps in the words of Argo Rollouts', () => {
    const steps = [{ setCanaryScale: { replicas: 2 } }, { setMirror: 20 }, { setWeight: 10 }, { pause: {} }, { pause: { duration: '5m' } }];
    expect(parseStrategy('CANARY', { steps })).toEqual({
      strategy: {
        type: 'CANARY',
        config: {
          canaryPercentage: null,
          canaryDuration: null,
          successThresholdPercent: null,
          steps: [
            { type: 'setCanaryScale', replicas: 2 },
            { type: 'setMirror', percent: 20 },
            { type: 'setWeight', weightPercent: 10 },
            { type: 'pause', durationMs: null },
            { type: 'pause', durationMs: 300_000 },
          ],
        },
      },
    });
  });

  it('takes the analysis of a triple with what differs from the defaults', () => {
    const config = { canaryPercentage: 10, canaryDuration: '30m', successThreshold: 95, analysis: { minRequests: 100 } };
    expect(parseStrategy('CANARY', config)).toMatchObject({
      strategy: { config: { analysis: { durationMs: 1_800_000, successThresholdPercent: 95, minRequests: 100, onNoTraffic: 'hold' } } },
    });
  });

  it('reads counts and percentages', () => {
    expect(parseIntOrPercent(3)).toEqual({ replicas: 3 });
    expect(parseIntOrPercent('25%')).toEqual({ percent: 25 });
    expect(parseIntOrPercent(Number.NaN)).toHaveProperty('problem');
    expect(parseIntOrPercent('')).toHaveProperty('problem');
    expect(parseIntOrPercent('%')).toHaveProperty('problem');
  });
});
