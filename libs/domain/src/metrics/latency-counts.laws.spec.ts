import fc from 'fast-check';
import { addLatencies, countLatency, LATENCY_BOUNDS_MS, NO_LATENCIES, quantile, quantileBounds, subtractLatencies, totalOf, type LatencyCounts } from './latency-counts.js';

const Z = 1.645;
const WIDTH = Math.SQRT2 * 1.001; // of a bucket, whose bounds are rounded to microseconds
const durations = fc.array(fc.double({ min: 1.5, max: 700_000, noNaN: true }), { minLength: 1, maxLength: 200 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

const countsOf = (values: readonly number[]): LatencyCounts => {
  const counts = [...NO_LATENCIES];
  for (const ms of values) countLatency(counts, ms);
  return counts;
};

describe('counting latencies', () => {
  it('finds the bucket that a search through the bounds finds, right at the bounds too', () => {
    const nearABound = fc.tuple(fc.constantFrom(...LATENCY_BOUNDS_MS), fc.constantFrom(-1e-9, -1e-4, 0, 1e-9, 1e-4)).map(([bound, by]) => bound + by);
    fc.assert(
      fc.property(fc.oneof(nearABound, fc.double({ min: 0, max: 1e7, noNaN: true }), fc.constantFrom(-5, 0, 1, Infinity)), (ms) => {
        const searched = LATENCY_BOUNDS_MS.findIndex((bound) => ms <= bound);
        expect(countsOf([ms]).indexOf(1)).toBe(searched === -1 ? LATENCY_BOUNDS_MS.length : searched);
      }),
      { numRuns: 1_000 },
    );
  });

  it('counts each once, and nothing that is no number', () => {
    fc.assert(fc.property(durations, (values) => expect(totalOf(countsOf([...values, Number.NaN]))).toBe(values.length)));
    expect(countsOf([Number.NaN])).toEqual(NO_LATENCIES);
  });

  it('adds and takes away', () => {
    fc.assert(
      fc.property(durations, durations, (a, b) => {
        const both = addLatencies(countsOf(a), countsOf(b));
        expect(both).toEqual(countsOf([...a, ...b]));
        expect(subtractLatencies(both, countsOf(a))).toEqual(countsOf(b));
      }),
    );
  });

  it('takes counts that fell for counts begun anew', () => {
    expect(subtractLatencies(countsOf([5]), countsOf([5, 300]))).toEqual(countsOf([5]));
    expect(subtractLatencies(countsOf([5, 5, 5]), countsOf([300]))).toEqual(countsOf([5, 5, 5]));
  });
});

describe('quantiles', () => {
  it('are unknown, not 0, when nothing was counted', () => {
    expect(quantile(NO_LATENCIES, 0.95)).toBeNull();
    expect(quantileBounds(NO_LATENCIES, 0.95, Z)).toEqual({ lower: null, upper: null });
  });

  it('are off by no more than a bucket is wide', () => {
    fc.assert(
      fc.property(durations, share, (values, q) => {
        const found = quantile(countsOf(values), q) ?? Number.NaN;
        const exact = values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(q * values.length) - 1)] ?? Number.NaN;
        expect(found / exact).toBeLessThanOrEqual(WIDTH);
        expect(exact / found).toBeLessThanOrEqual(WIDTH);
      }),
    );
  });

  it('rise with the share', () => {
    fc.assert(
      fc.property(durations, share, share, (values, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((q) => quantile(countsOf(values), q) ?? Number.NaN) as [number, number];
        expect(low).toBeLessThanOrEqual(high);
      }),
    );
  });

  it('say of what is longer than all bounds that it is at least the last, and of its end that it is unknown', () => {
    const counts = countsOf(Array.from({ length: 100 }, () => 1e6));
    expect(quantile(counts, 0.5)).toBe(LATENCY_BOUNDS_MS.at(-1));
    expect(quantileBounds(counts, 0.5, Z)).toEqual({ lower: LATENCY_BOUNDS_MS.at(-1), upper: null });
  });
});

describe('bounds of quantiles', () => {
  it('lie around the quantile, and hold every duration of a sample that fills one bucket', () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (values, q) => {
        const counts = countsOf(values);
        const { lower, upper } = quantileBounds(counts, q, Z);
        const value = quantile(counts, q) ?? Number.NaN;
        expect(lower ?? 0).toBeLessThanOrEqual(value * (1 + 1e-12));
        expect(upper ?? Infinity).toBeGreaterThanOrEqual(value * (1 - 1e-12));
      }),
    );
    expect(quantileBounds(countsOf(Array.from({ length: 500 }, () => 1_100)), 0.95, Z)).toEqual({ lower: 1_024, upper: 1_448.155 });
  });

  it('know no upper bound of p95 below 52 requests', () => {
    const like = (n: number) => quantileBounds(countsOf(Array.from({ length: n }, () => 100)), 0.95, Z).upper;
    expect([like(20), like(51), like(60), like(100)]).toEqual([null, null, 128, 128]);
  });

  it('are on the wrong side of the truth about as seldom as z promises, whatever the sample', () => {
    // Uniform over the logarithm from 10 ms to 10 s: p95 is 10^3.85 ms. The generator is seeded: the same each run.
    let state = 7;
    const next = (): number => ((state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0), state / 2 ** 32);
    const truth = 10 ** 3.85;
    const runs = 2_000;
    for (const size of [60, 400]) {
      let above = 0;
      let below = 0;
      for (let run = 0; run < runs; run += 1) {
        const { lower, upper } = quantileBounds(countsOf(Array.from({ length: size }, () => 10 ** (1 + 3 * next()))), 0.95, Z);
        if (lower !== null && lower > truth) above += 1;
        if (upper !== null && upper < truth) below += 1;
      }
      expect(Math.max(above, below) / runs).toBeLessThan(0.06);
    }
  });
});
