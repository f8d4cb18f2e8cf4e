import { countLatency, NO_LATENCIES, type LatencyCounts } from '../metrics/latency-counts.js';
import { ANALYSIS_DEFAULTS, type AnalysisPolicy } from './analysis-policy.js';
import { judge } from './judge.js';
import type { Judgement } from './judgement.js';
import { EMPTY_SAMPLE, type TrafficSample } from './measurement.js';

const MINUTE = 60_000;
const policy = (changes: Partial<AnalysisPolicy> = {}): AnalysisPolicy => ({
  ...ANALYSIS_DEFAULTS,
  durationMs: 30 * MINUTE,
  intervalMs: 10_000,
  successThresholdPercent: 95,
  ...changes,
});

const served = (successes: number, failures = 0, more: Partial<TrafficSample> = {}): TrafficSample => ({ ...EMPTY_SAMPLE, successes, failures, ...more });
const took = (count: number, ms: number): LatencyCounts => {
  const counts = [...NO_LATENCIES];
  for (let i = 0; i < count; i += 1) countLatency(counts, ms);
  return counts;
};

const judged = (changes: Partial<AnalysisPolicy>, canary: TrafficSample, minutes: number, stable: TrafficSample = EMPTY_SAMPLE): Judgement =>
  judge(policy(changes), { canary, stable }, minutes * MINUTE);
const outcome = ({ verdict, next }: Judgement): string => `${verdict} ${next}`;
const conditionOf = (judgement: Judgement, name: string) => judgement.conditions.find(({ condition }) => condition === name);

describe('judging by success rate (E11)', () => {
  it.each([
    // successes, failures, minutes, what is said
    [500, 0, 10, 'PASS watch'],
    [500, 0, 30, 'PASS continue'],
    [80, 20, 10, 'FAIL abort'],
    [96, 4, 10, 'INCONCLUSIVE watch'],
    [96, 4, 30, 'PASS continue'],
    [19, 1, 30, 'PASS continue'],
    [94, 6, 29.9, 'INCONCLUSIVE watch'],
    [94, 6, 30, 'FAIL abort'],
    [5, 0, 30, 'INCONCLUSIVE watch'],
    [5, 0, 119.9, 'INCONCLUSIVE watch'],
    [5, 0, 120, 'INCONCLUSIVE hold'],
    [4, 1, 30, 'INCONCLUSIVE watch'],
    [0, 0, 30, 'INCONCLUSIVE watch'],
    [0, 0, 120, 'INCONCLUSIVE hold'],
    [20, 0, 75, 'PASS continue'],
    [18, 2, 75, 'FAIL abort'],
  ])('%d successes and %d failures after %d of 30 minutes: %s', (successes, failures, minutes, expected) => {
    expect(outcome(judged({}, served(successes, failures), minutes))).toBe(expected);
  });

  it('records the interval, in percent, whatever decides', () => {
    expect(conditionOf(judged({}, served(96, 4), 30), 'successRate')).toEqual({
      condition: 'successRate',
      verdict: 'PASS',
      value: 96,
      lower: expect.closeTo(91.384, 3) as number,
      upper: expect.closeTo(98.192, 3) as number,
      threshold: 95,
      requests: 100,
    });
  });

  it('does not call a rate unknown 0', () => {
    expect(conditionOf(judged({}, EMPTY_SAMPLE, 30), 'successRate')).toMatchObject({ value: null, lower: null, upper: null, requests: 0 });
  });

  it('holds a canary of few requests, does not judge it, whatever they were', () => {
    for (const failures of [0, 1, 3, 4]) expect(outcome(judged({}, served(5 - failures, failures, { failuresInARow: 0 }), 10_000))).toBe('INCONCLUSIVE hold');
  });

  it.each([
    ['hold', 'INCONCLUSIVE hold'],
    ['promote', 'INCONCLUSIVE continue'],
    ['abort', 'INCONCLUSIVE abort'],
  ] as const)('does what onNoTraffic: %s asks when its extensions are used up', (onNoTraffic, expected) => {
    expect(outcome(judged({ onNoTraffic }, served(3), 119))).toBe('INCONCLUSIVE watch');
    expect(outcome(judged({ onNoTraffic }, served(3), 120))).toBe(expected);
    expect(outcome(judged({ onNoTraffic, extensionsMax: 0 }, served(3), 30))).toBe(expected);
    expect(outcome(judged({ onNoTraffic, extensionsMax: 0 }, served(3), 29))).toBe('INCONCLUSIVE watch');
  });

  it('wants no success for a threshold of 0, but requests', () => {
    expect(outcome(judged({ successThresholdPercent: 0 }, served(0, 25, { failuresInARow: 4 }), 30))).toBe('PASS continue');
    expect(outcome(judged({ successThresholdPercent: 0 }, EMPTY_SAMPLE, 30))).toBe('INCONCLUSIVE watch');
  });

  it('takes one failure of enough requests for an end at a threshold of 100, and no number of successes for proof before the end', () => {
    expect(outcome(judged({ successThresholdPercent: 100 }, served(99_999, 1), 10))).toBe('FAIL abort');
    expect(outcome(judged({ successThresholdPercent: 100 }, served(18, 1), 10))).toBe('INCONCLUSIVE watch');
    expect(outcome(judged({ successThresholdPercent: 100 }, served(100_000), 10))).toBe('INCONCLUSIVE watch');
    expect(outcome(judged({ successThresholdPercent: 100 }, served(100_000), 30))).toBe('PASS continue');
  });
});

describe('failures in a row', () => {
  it('abort at once, with less than the least number of requests too', () => {
    expect(outcome(judged({}, served(0, 5, { failuresInARow: 5 }), 1))).toBe('FAIL abort');
    expect(outcome(judged({}, served(9_000, 5, { failuresInARow: 5 }), 1))).toBe('FAIL abort');
    expect(outcome(judged({}, served(0, 4, { failuresInARow: 4 }), 1))).toBe('INCONCLUSIVE watch');
    expect(outcome(judged({ failuresInARowMax: 2 }, served(0, 2, { failuresInARow: 2 }), 1))).toBe('FAIL abort');
  });

  it('count only from the beginning of the step', () => {
    expect(outcome(judged({}, served(0, 1, { failuresInARow: 40 }), 1))).toBe('INCONCLUSIVE watch');
    expect(outcome(judged({}, served(0, 0, { failuresInARow: 40 }), 1))).toBe('INCONCLUSIVE watch');
  });
});

describe('errors beside stable', () => {
  const compareErrors = { compareErrors: true, successThresholdPercent: 80 };

  it('fail a canary that is surely worse, though it is above its threshold', () => {
    expect(outcome(judged(compareErrors, served(360, 40), 5, served(3_960, 40)))).toBe('FAIL abort');
    expect(outcome(judged({ successThresholdPercent: 80 }, served(360, 40), 5, served(3_960, 40)))).toBe('PASS watch');
  });

  it('let one pass that errs as often as stable, at the end', () => {
    expect(outcome(judged(compareErrors, served(360, 40), 29, served(3_600, 400)))).toBe('INCONCLUSIVE watch');
    expect(outcome(judged(compareErrors, served(360, 40), 30, served(3_600, 400)))).toBe('PASS continue');
  });

  it('do not take one failure of 20 beside none of 200 for proof', () => {
    expect(outcome(judged(compareErrors, served(19, 1), 30, served(200)))).toBe('PASS continue');
    expect(outcome(judged(compareErrors, served(18, 2), 30, served(200)))).toBe('FAIL abort');
  });

  it('are inconclusive, never a failure, while stable served too little', () => {
    expect(conditionOf(judged(compareErrors, served(300, 50), 30), 'errorsAgainstStable')).toMatchObject({ verdict: 'INCONCLUSIVE', value: null });
    expect(outcome(judged(compareErrors, served(300, 50), 30))).toBe('INCONCLUSIVE watch');
    expect(outcome(judged(compareErrors, served(300, 50), 30, served(19)))).toBe('INCONCLUSIVE watch');
    expect(outcome(judged(compareErrors, served(300, 50), 120, served(19)))).toBe('INCONCLUSIVE hold');
  });
});

describe('latencies', () => {
  it('above the limit abort, below it pass, and in its bucket are decided by the value at the end', () => {
    const max = { latencyP95MsMax: 1_200 };
    expect(outcome(judged(max, served(100, 0, { latency: took(100, 3_000) }), 5))).toBe('FAIL abort');
    expect(outcome(judged(max, served(100, 0, { latency: took(100, 300) }), 5))).toBe('PASS watch');
    expect(outcome(judged(max, served(100, 0, { latency: took(100, 1_100) }), 5))).toBe('INCONCLUSIVE watch');
    expect(outcome(judged({ latencyP95MsMax: 1_430 }, served(100, 0, { latency: took(100, 1_100) }), 30))).toBe('PASS continue');
  });

  it('of few requests are no ground to judge by', () => {
    expect(outcome(judged({ timeToFirstTokenP95MsMax: 100 }, served(500, 0, { timeToFirstToken: took(19, 9_000) }), 30))).toBe('INCONCLUSIVE watch');
    expect(outcome(judged({ timeToFirstTokenP95MsMax: 100 }, served(500), 120))).toBe('INCONCLUSIVE hold');
  });

  it('are compared with what stable took in the same window', () => {
    const ratio = { timePerOutputTokenP95RatioMax: 1.2 };
    const canary = served(100, 0, { timePerOutputToken: took(100, 45) });
    const stable = (ms: number, count = 900) => served(count, 0, { timePerOutputToken: took(count, ms) });
    expect(outcome(judged(ratio, canary, 5, stable(20)))).toBe('FAIL abort');
    expect(outcome(judged(ratio, canary, 5, stable(100)))).toBe('PASS watch');
    expect(outcome(judged(ratio, canary, 5, stable(45)))).toBe('INCONCLUSIVE watch');
    expect(outcome(judged(ratio, canary, 30, stable(45)))).toBe('PASS continue');
    expect(outcome(judged(ratio, canary, 30, stable(20, 19)))).toBe('INCONCLUSIVE watch');
    expect(conditionOf(judged(ratio, canary, 30), 'timePerOutputTokenP95AgainstStable')).toMatchObject({ verdict: 'INCONCLUSIVE', value: null, requests: 100 });
  });
});

describe('the reason', () => {
  it.each([
    ['an abort', judged({}, served(80, 20), 10), 'Aborted: success rate 80 % (72.67 to 85.75 %) of 100 requests is surely below 95 %'],
    ['an abort at the end', judged({}, served(94, 6), 30), 'Aborted: success rate 94 % (88.82 to 96.87 %) of 100 requests is below 95 %'],
    ['a pass', judged({}, served(500), 30), 'Passed after 30 min: success rate 100 % (99.46 to 100 %) of 500 requests is surely at least 95 %; 0 failures in a row, 5 abort'],
    ['doubt', judged({}, served(96, 4), 10), 'Not sure yet, watched for 10 min of 30 min: success rate 96 % (91.38 to 98.19 %) of 100 requests may be on either side of 95 %'],
    ['few requests', judged({}, served(5), 120), 'Too little to judge by in 2 h, held for a person to decide: success rate 100 % (64.88 to 100 %) of 5 requests, 20 are needed, may be on either side of 95 %'],
    ['none', judged({}, EMPTY_SAMPLE, 40), 'Too little to judge by after 40 min, watched for up to 2 h: success rate unknown, 0 requests, 20 are needed; no request has failed or succeeded'],
    ['failures in a row', judged({}, served(2, 6, { failuresInARow: 6 }), 1), 'Aborted: 6 failures in a row, 5 abort'],
    ['stable that served nothing', judged({ compareErrors: true }, served(500), 30), 'Too little to judge by after 30 min, watched for up to 2 h: errors against stable unknown: stable served nothing beside 500 requests'],
    ['latency', judged({ latencyP95MsMax: 1_200 }, served(100, 0, { latency: took(100, 3_000) }), 5), 'Aborted: p95 latency 4026 ms (2896 to 4096 ms) of 100 requests is surely above 1200 ms'],
  ])('of %s tells the numbers it rests on', (_of, { reason }, expected) => {
    expect(reason).toBe(expected);
  });
});
