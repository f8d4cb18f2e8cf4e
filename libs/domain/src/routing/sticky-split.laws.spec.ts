import fc from 'fast-check';
import type { RoutableRevision } from './routing-table.js';
import { bucketOf, bucketsOf, ownerOf, ROUTING_BUCKETS } from './sticky-split.js';

const bucket = fc.nat({ max: ROUTING_BUCKETS - 1 });
const percent = fc.integer({ min: 0, max: 100 });

const weighing = (...weights: readonly number[]): readonly RoutableRevision[] =>
  weights.map((weightPercent, index) => ({ revisionId: `rev-${index}`, weightPercent, replicas: [] }));

/** Weights that sum to 100, as the log allows them. */
const split = fc
  .array(fc.nat({ max: 100 }), { minLength: 1, maxLength: 4 })
  .map((cuts) => [0, ...cuts.toSorted((a, b) => a - b), 100].map((cut, index, all) => (all[index + 1] ?? cut) - cut).slice(0, -1));

const ownersOf = (revisions: readonly RoutableRevision[]): readonly (string | undefined)[] =>
  Array.from({ length: ROUTING_BUCKETS }, (_, index) => ownerOf(revisions, index)?.revisionId);

describe('the sticky split (E11)', () => {
  it('gives each revision as many buckets as its weight says, in one range, in the order of the weights', () => {
    fc.assert(
      fc.property(split, (weights) => {
        const expected = weights.flatMap((weight, index) => Array.from({ length: bucketsOf(weight) }, () => `rev-${index}`));
        expect(ownersOf(weighing(...weights))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('moves nobody back while the weight of the first listed rises', () => {
    fc.assert(
      fc.property(bucket, percent, percent, (one, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        if (ownerOf(weighing(low, 100 - low), one)?.revisionId === 'rev-0') expect(ownerOf(weighing(high, 100 - high), one)?.revisionId).toBe('rev-0');
      }),
    );
  });

  it('moves, when the weight of the first listed changes, only those that the change is about', () => {
    fc.assert(
      fc.property(percent, percent, (a, b) => {
        const before = ownersOf(weighing(a, 100 - a));
        const after = ownersOf(weighing(b, 100 - b));
        const moved = before.filter((owner, index) => owner !== after[index]).length;
        expect(moved).toBe(Math.abs(bucketsOf(a) - bucketsOf(b)));
      }),
      { numRuns: 30 },
    );
  });

  it('is the same whatever revisions without weight are listed, and knows nobody where there is none', () => {
    fc.assert(
      fc.property(bucket, percent, (one, weight) => {
        const plain = ownerOf(weighing(weight, 100 - weight), one)?.weightPercent;
        expect(ownerOf(weighing(0, weight, 0, 100 - weight, 0), one)?.weightPercent).toBe(plain);
      }),
    );
    expect(ownerOf(weighing(0, 0), 1)).toBeNull();
    expect(ownerOf([], 1)).toBeNull();
  });

  it('leaves no bucket to nobody where weights are no whole buckets', () => {
    expect(new Set(ownersOf(weighing(100 / 3, 100 / 3, 100 / 3)))).toEqual(new Set(['rev-0', 'rev-1', 'rev-2']));
  });

  it('takes every number of four bytes into a bucket', () => {
    fc.assert(fc.property(fc.nat({ max: 0xffff_ffff }), (number) => bucketOf(number) >= 0 && bucketOf(number) < ROUTING_BUCKETS));
  });
});
