import { parseAnalysis, type AnalysisInput } from './parse-analysis.js';

const given = (input: AnalysisInput = {}): AnalysisInput => ({ duration: '30m', successThreshold: 95, ...input });
const problemsOf = (input: AnalysisInput, at = 'analysis') => {
  const parsed = parseAnalysis(input, at);
  return 'problems' in parsed ? parsed.problems : [];
};

describe('parseAnalysis', () => {
  it('needs a duration and a threshold; all else has a default', () => {
    expect(parseAnalysis(given(), 'analysis')).toEqual({
      policy: {
        durationMs: 1_800_000,
        intervalMs: 10_000,
        successThresholdPercent: 95,
        minRequests: 20,
        failuresInARowMax: 5,
        extensionsMax: 3,
        onNoTraffic: 'hold',
        compareErrors: false,
        latencyP95MsMax: null,
        latencyP95RatioMax: null,
        timeToFirstTokenP95MsMax: null,
        timeToFirstTokenP95RatioMax: null,
        timePerOutputTokenP95MsMax: null,
        timePerOutputTokenP95RatioMax: null,
      },
    });
    expect(problemsOf({}, 'steps[2].analysis')).toEqual([
      { field: 'steps[2].analysis.duration', problem: 'is required: a number from 1s to 720h, for example "30m"' },
      { field: 'steps[2].analysis.successThreshold', problem: 'is required: a percentage from 0 to 100, for example 95' },
    ]);
  });

  it('takes everything that can be said', () => {
    const limits = {
      latencyP95MsMax: 2_000,
      latencyP95RatioMax: 1.2,
      timeToFirstTokenP95MsMax: 300.5,
      timeToFirstTokenP95RatioMax: 1.5,
      timePerOutputTokenP95MsMax: 50,
      timePerOutputTokenP95RatioMax: 2,
    };
    const input = { duration: '90s', interval: '5s', successThreshold: 99.5, minRequests: 50, failuresInARowMax: 3, extensionsMax: 0, onNoTraffic: 'ABORT', compareErrors: true, ...limits };
    expect(parseAnalysis(input, '')).toEqual({
      policy: {
        durationMs: 90_000,
        intervalMs: 5_000,
        successThresholdPercent: 99.5,
        minRequests: 50,
        failuresInARowMax: 3,
        extensionsMax: 0,
        onNoTraffic: 'abort',
        compareErrors: true,
        ...limits,
      },
    });
  });

  it('takes null for not said', () => {
    const nulls = { interval: null, minRequests: null, failuresInARowMax: null, extensionsMax: null, onNoTraffic: null, compareErrors: null, latencyP95MsMax: null };
    expect(parseAnalysis(given(nulls), '')).toEqual(parseAnalysis(given(), ''));
  });

  it.each([
    [{ duration: '0s' }, 'duration'],
    [{ duration: '30' }, 'duration'],
    [{ duration: '721h' }, 'duration'],
    [{ interval: '500' }, 'interval'],
    [{ interval: '0s' }, 'interval'],
    [{ interval: '31m' }, 'interval'],
    [{ interval: '2h', duration: '5h' }, 'interval'],
    [{ successThreshold: -1 }, 'successThreshold'],
    [{ successThreshold: 100.1 }, 'successThreshold'],
    [{ successThreshold: Number.NaN }, 'successThreshold'],
    [{ minRequests: 0 }, 'minRequests'],
    [{ minRequests: 1.5 }, 'minRequests'],
    [{ failuresInARowMax: 0 }, 'failuresInARowMax'],
    [{ extensionsMax: -1 }, 'extensionsMax'],
    [{ extensionsMax: 101 }, 'extensionsMax'],
    [{ onNoTraffic: 'hold' }, 'onNoTraffic'],
    [{ onNoTraffic: 'toString' }, 'onNoTraffic'],
    [{ latencyP95MsMax: 0 }, 'latencyP95MsMax'],
    [{ timeToFirstTokenP95MsMax: 1e9 }, 'timeToFirstTokenP95MsMax'],
    [{ latencyP95RatioMax: 0 }, 'latencyP95RatioMax'],
    [{ timePerOutputTokenP95RatioMax: Infinity }, 'timePerOutputTokenP95RatioMax'],
  ] as const)('refuses %j and names the field', (wrong, field) => {
    expect(problemsOf(given(wrong))).toEqual([{ field: `analysis.${field}`, problem: expect.stringMatching(/ from .* to |is one of HOLD, PROMOTE, ABORT|make it shorter/) as string }]);
  });

  it('names every problem at once', () => {
    expect(problemsOf({ duration: 'soon', successThreshold: 101, minRequests: 0, onNoTraffic: 'SHRUG' }).map(({ field }) => field)).toEqual([
      'analysis.duration',
      'analysis.successThreshold',
      'analysis.minRequests',
      'analysis.onNoTraffic',
    ]);
  });
});
