import fc from 'fast-check';
import { CONFIDENCE_Z, wilsonBounds } from './wilson.js';

const sample = fc.nat({ max: 1_000_000 }).chain((n) => fc.record({ n: fc.constant(n), successes: fc.nat({ max: n }) }));

describe("Wilson's bounds", () => {
  it('are those of E11, to the last digit that is told', () => {
    const { lower, upper } = wilsonBounds(18, 20);
    expect([lower, upper]).toEqual([expect.closeTo(0.7383, 4), expect.closeTo(0.9663, 4)]);
    expect(wilsonBounds(20, 20).lower).toBeCloseTo(0.8808, 4);
  });

  it('lie around the share that was seen, within 0 and 1, and touch an end only when nothing was seen of the other', () => {
    fc.assert(
      fc.property(sample, ({ n, successes }) => {
        const { lower, upper } = wilsonBounds(successes, n);
        const p = n === 0 ? 0.5 : successes / n;
        expect(0 <= lower && lower <= p && p <= upper && upper <= 1).toBe(true);
        expect(lower === 0).toBe(successes === 0);
        expect(upper === 1).toBe(successes === n);
      }),
    );
  });

  it('rise with every success and fall with every failure', () => {
    fc.assert(
      fc.property(sample, ({ n, successes }) => {
        const here = wilsonBounds(successes, n);
        const oneMore = wilsonBounds(successes + 1, n + 1);
        const oneLess = wilsonBounds(successes, n + 1);
        expect(oneMore.lower).toBeGreaterThanOrEqual(here.lower);
        expect(oneMore.upper).toBeGreaterThanOrEqual(here.upper - 1e-12);
        expect(oneLess.lower).toBeLessThanOrEqual(here.lower + 1e-12);
        expect(oneLess.upper).toBeLessThanOrEqual(here.upper);
        if (successes < n) expect(wilsonBounds(successes + 1, n).lower).toBeGreaterThan(here.lower);
      }),
    );
  });

  it('draw together as the sample grows at the same share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 2, max: 50 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, times, share) => {
        const successes = Math.round(share * n);
        const width = ({ lower, upper }: { lower: number; upper: number }) => upper - lower;
        expect(width(wilsonBounds(successes * times, n * times))).toBeLessThan(width(wilsonBounds(successes, n)));
      }),
    );
  });

  it('solve the equation they come from: the share seen is z standard errors from either', () => {
    fc.assert(
      fc.property(sample.filter(({ n, successes }) => successes > 0 && successes < n), ({ n, successes }) => {
        const { lower, upper } = wilsonBounds(successes, n);
        for (const bound of [lower, upper]) expect(Math.abs(successes / n - bound) / Math.sqrt((bound * (1 - bound)) / n)).toBeCloseTo(CONFIDENCE_Z, 3);
      }),
    );
  });
});
