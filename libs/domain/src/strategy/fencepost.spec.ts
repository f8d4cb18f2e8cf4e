import fc from 'fast-check';
import { ROLLING_DEFAULTS, type IntOrPercent } from './deployment-strategy.js';
import { fencepost } from './fencepost.js';
import { parseStrategy } from './parse-strategy.js';

describe("maxSurge and maxUnavailable in replicas, rounded as Kubernetes does (S1.88)", () => {
  it.each<[IntOrPercent, IntOrPercent, number, number, number]>([
    [1, 0, 1, 1, 0],
    [0, 1, 3, 0, 1],
    ['25%', '25%', 4, 1, 1],
    ['25%', '25%', 3, 1, 0],
    ['25%', '25%', 10, 3, 2],
    ['25%', '25%', 1, 1, 0],
    ['0%', '25%', 3, 0, 1], // both come to 0: one may be unavailable
    [0, '1%', 10, 0, 1],
    ['1%', '1%', 1000, 10, 10],
    ['100%', '100%', 7, 7, 7],
    ['29%', '29%', 100, 29, 29], // no rounding error of a float: 0.29 · 100 = 28.999999999999996
    [5, 5, 2, 5, 2], // never more unavailable than there are
    [0, 1, 0, 0, 0],
  ])('maxSurge %s and maxUnavailable %s of %i: surge %i, unavailable %i', (maxSurge, maxUnavailable, desired, surge, unavailable) => {
    expect(fencepost({ maxSurge, maxUnavailable }, desired)).toEqual({ surge, unavailable });
  });

  const value = fc.oneof(fc.nat(1000), fc.nat(100).map((percent) => `${percent}%`));
  it('always leaves room to move for whatever was accepted', () => {
    fc.assert(
      fc.property(value, value, fc.integer({ min: 1, max: 1000 }), (maxSurge, maxUnavailable, desired) => {
        const parsed = parseStrategy('ROLLING', { maxSurge, maxUnavailable });
        if ('problems' in parsed) return;
        const { surge, unavailable } = fencepost({ maxSurge, maxUnavailable }, desired);
        expect(surge + unavailable).toBeGreaterThan(0);
        expect(unavailable).toBeLessThanOrEqual(desired);
      }),
    );
  });

  it('throws on what was never accepted', () => {
    expect(() => fencepost({ ...ROLLING_DEFAULTS, maxSurge: 'many' }, 1)).toThrow('not a count or a percentage');
  });
});
