import fc from 'fast-check';
import { NO_LATENCIES } from '../metrics/latency-counts.js';
import { ANALYSIS_DEFAULTS, type AnalysisPolicy } from './analysis-policy.js';
import type { AnalysisTotal } from './conditions.js';
import { judge } from './judge.js';
import { addSamples, EMPTY_SAMPLE, type TrafficSample } from './measurement.js';

const limit = fc.option(fc.double({ min: 1, max: 2_000, noNaN: true }));
const ratio = fc.option(fc.double({ min: 0.1, max: 4, noNaN: true }));
const anyPolicy: fc.Arbitrary<AnalysisPolicy> = fc.record({
  durationMs: fc.integer({ min: 1_000, max: 7_200_000 }),
  intervalMs: fc.constant(1_000),
  successThresholdPercent: fc.oneof(fc.constantFrom(0, 50, 90, 95, 99, 100), fc.double({ min: 0, max: 100, noNaN: true })),
  minRequests: fc.integer({ min: 1, max: 60 }),
  failuresInARowMax: fc.integer({ min: 1, max: 12 }),
  extensionsMax: fc.integer({ min: 0, max: 4 }),
  onNoTraffic: fc.constantFrom('hold', 'promote', 'abort'),
  compareErrors: fc.boolean(),
  latencyP95MsMax: limit,
  latencyP95RatioMax: ratio,
  timeToFirstTokenP95MsMax: limit,
  timeToFirstTokenP95RatioMax: ratio,
  timePerOutputTokenP95MsMax: limit,
  timePerOutputTokenP95RatioMax: ratio,
});

const NO_LIMITS = {
  latencyP95MsMax: null,
  latencyP95RatioMax: null,
  timeToFirstTokenP95MsMax: null,
  timeToFirstTokenP95RatioMax: null,
  timePerOutputTokenP95MsMax: null,
  timePerOutputTokenP95RatioMax: null,
} as const;

const latencies = fc.array(fc.nat({ max: 40 }), { minLength: 24, maxLength: 24 }).map((some) => NO_LATENCIES.map((_, index) => some[index] ?? 0));
const count = fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 100_000 }));
const sample: fc.Arbitrary<TrafficSample> = fc.oneof(
  fc.constant(EMPTY_SAMPLE),
  fc
    .record({ successes: count, failures: count, failuresInARow: fc.nat({ max: 15 }), latency: latencies, timeToFirstToken: latencies, timePerOutputToken: latencies })
    .map((one) => ({ ...one, failuresInARow: one.successes === 0 ? one.failures : Math.min(one.failures, one.failuresInARow) })),
);
const total: fc.Arbitrary<AnalysisTotal> = fc.record({ canary: sample, stable: sample });
const elapsed = fc.nat({ max: 40_000_000 });

/** Failures come after what was there, as time has it. */
const withFailures = ({ canary, stable }: AnalysisTotal, more: number): AnalysisTotal => ({
  canary: { ...canary, failures: canary.failures + more, failuresInARow: canary.failuresInARow + more },
  stable,
});

describe('a judgement', () => {
  it('never continues before the duration has passed, nor watches or extends beyond its limit', () => {
    fc.assert(
      fc.property(anyPolicy, total, elapsed, (policy, served, elapsedMs) => {
        const { next, verdict } = judge(policy, served, elapsedMs);
        if (elapsedMs < policy.durationMs) expect(['watch', 'abort']).toContain(next);
        if (elapsedMs >= policy.durationMs * (1 + policy.extensionsMax)) expect(next).not.toBe('watch');
        if (elapsedMs >= policy.durationMs && verdict === 'PASS') expect(next).toBe('continue');
        expect(next === 'hold').toBe(verdict === 'INCONCLUSIVE' && policy.onNoTraffic === 'hold' && elapsedMs >= policy.durationMs * (1 + policy.extensionsMax));
      }),
      { numRuns: 1_000 },
    );
  });

  it('combines its conditions: one failure fails, only all passes pass', () => {
    fc.assert(
      fc.property(anyPolicy, total, elapsed, (policy, served, elapsedMs) => {
        const { verdict, next, conditions } = judge(policy, served, elapsedMs);
        const verdicts = conditions.map((condition) => condition.verdict);
        expect(verdict === 'FAIL').toBe(verdicts.includes('FAIL'));
        expect(verdict === 'PASS').toBe(verdicts.every((one) => one === 'PASS'));
        if (verdict === 'FAIL') expect(next).toBe('abort');
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the same of the same', () => {
    fc.assert(fc.property(anyPolicy, total, elapsed, (policy, served, elapsedMs) => expect(judge(policy, served, elapsedMs)).toEqual(judge(policy, structuredClone(served), elapsedMs))));
  });

  it('shows nothing that JSON cannot keep: neither NaN nor infinities, bounds around their value', () => {
    fc.assert(
      fc.property(anyPolicy, total, elapsed, (policy, served, elapsedMs) => {
        const judgement = judge(policy, served, elapsedMs);
        expect(JSON.parse(JSON.stringify(judgement))).toEqual(judgement);
        expect(judgement.reason).not.toMatch(/NaN|Infinity|undefined|null/);
        for (const { value, lower, upper } of judgement.conditions) {
          if (value === null) expect([lower, upper]).toEqual([null, null]);
          expect((lower ?? -Infinity) - 1e-9).toBeLessThanOrEqual(value ?? 0);
          expect((upper ?? Infinity) + 1e-9).toBeGreaterThanOrEqual(value ?? 0);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('that aborts does not continue with more failures', () => {
    fc.assert(
      fc.property(anyPolicy, total, elapsed, fc.integer({ min: 1, max: 500 }), (policy, served, elapsedMs, more) => {
        fc.pre(judge(policy, served, elapsedMs).verdict === 'FAIL');
        expect(judge(policy, withFailures(served, more), elapsedMs).verdict).toBe('FAIL');
      }),
      { numRuns: 1_000 },
    );
  });

  it('that continues by its conditions still continues when failures were successes', () => {
    fc.assert(
      fc.property(anyPolicy, fc.integer({ min: 60, max: 2_000 }), fc.double({ min: 0, max: 0.1, noNaN: true }), total, fc.double({ min: 0, max: 1, noNaN: true }), (any, requests, failed, { stable }, part) => {
        const policy = { ...any, ...NO_LIMITS, successThresholdPercent: 0.95 * any.successThresholdPercent };
        const failures = Math.round(failed * requests);
        const judged = (failuresLeft: number) =>
          judge(policy, { canary: { ...EMPTY_SAMPLE, successes: requests - failuresLeft, failures: failuresLeft }, stable }, policy.durationMs).verdict;
        fc.pre(judged(failures) === 'PASS');
        expect(judged(failures - Math.floor(part * failures))).toBe('PASS');
      }),
      { numRuns: 500 },
    );
  });

  it('of the success rate that is certain is more so of many times as much of the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(50, 90, 95, 99), fc.integer({ min: 20, max: 400 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 2, max: 100 }), (successThresholdPercent, requests, share, times) => {
        const policy = { ...ANALYSIS_DEFAULTS, durationMs: 60_000, intervalMs: 1_000, successThresholdPercent };
        const successes = Math.round(share * requests);
        const canary = { ...EMPTY_SAMPLE, successes, failures: requests - successes };
        const verdict = (scale: number) => judge(policy, { canary: { ...canary, successes: successes * scale, failures: canary.failures * scale }, stable: EMPTY_SAMPLE }, 1_000).verdict;
        fc.pre(verdict(1) !== 'INCONCLUSIVE');
        expect(verdict(times)).toBe(verdict(1));
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on how the time was cut into windows', () => {
    fc.assert(
      fc.property(sample, sample, sample, (a, b, c) => {
        expect(addSamples(addSamples(a, b), c)).toEqual(addSamples(a, addSamples(b, c)));
        expect(addSamples(EMPTY_SAMPLE, a)).toEqual(a);
      }),
    );
  });
});
