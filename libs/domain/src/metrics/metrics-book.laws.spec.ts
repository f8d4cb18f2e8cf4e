import fc from 'fast-check';
import { latenciesOf, NO_ENGINE, type EngineBucket } from './engine-point.js';
import { quantile, totalOf } from './latency-counts.js';
import { metricValues } from './metric-values.js';
import { MetricsBook, POINTS_MAX } from './metrics-book.js';
import { POINTS_PER_SERIES, POINTS_PER_SERIES_MAX } from './rollup-ring.js';

const bucket: fc.Arbitrary<EngineBucket> = fc
  .tuple(fc.double({ min: 0, max: 100_000, noNaN: true }), fc.double({ min: 0.001, max: 200_000, noNaN: true }), fc.integer({ min: 0, max: 500 }), fc.boolean())
  .map(([fromMs, width, count, open]) => ({ fromMs, toMs: open ? Infinity : fromMs + width, count }));

describe('an engine’s buckets as ours', () => {
  it('hold as many requests, none of them outside of where the engine saw it', () => {
    fc.assert(
      fc.property(fc.array(bucket, { minLength: 1, maxLength: 20 }), (buckets) => {
        const counts = latenciesOf(buckets);
        expect(totalOf(counts)).toBeCloseTo(
          buckets.reduce((sum, { count }) => sum + count, 0),
          5,
        );
        expect(counts.every((count) => count >= 0)).toBe(true);
        const counted = buckets.filter(({ count, toMs }) => count > 0 && Number.isFinite(toMs));
        if (counted.length !== buckets.length) return;
        const longest = Math.max(...counted.map(({ toMs }) => toMs));
        expect(quantile(counts, 0.5) ?? 0).toBeLessThanOrEqual(Math.max(1, longest * Math.SQRT2 + 1));
      }),
    );
  });
});

describe('what is kept', () => {
  it('stays within its bounds however many replicas there are and however long they run, and no value is negative', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 300 }), (replicas, readings) => {
        const book = new MetricsBook();
        let nowMs = 1_000_000_000;
        for (let n = 0; n < readings; n += 1) {
          nowMs += 1_000;
          for (let replica = 0; replica < replicas; replica += 1) if ((n + replica) % 17 === 0) book.takeEngine(`r${replica}`, { ...NO_ENGINE, coveredMs: 17_000, generationTokens: n }, nowMs);
        }
        const slack = replicas * (POINTS_PER_SERIES_MAX - POINTS_PER_SERIES);
        expect(book.pointCount).toBeLessThanOrEqual(POINTS_MAX + slack);
        const window = book.window(nowMs - 60_000, nowMs, 10_000, nowMs);
        for (const instantMs of window.instantsMs) {
          const { generationTokensPerSecond } = metricValues([book.read({ deploymentId: 'd', revisionId: 'r', replicaId: 'r0', kind: 'served' }, window, instantMs)]);
          expect(generationTokensPerSecond ?? 0).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 20 },
    );
  });
});
