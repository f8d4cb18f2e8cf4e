import fc from 'fast-check';
import { chooseReplica, chooseReplicaOf, type ReplicaLoad } from './choose-replica.js';
import type { RoutableRevision, Route } from './routing-table.js';
import { ownerOf, ROUTING_BUCKETS } from './sticky-split.js';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const anyBucket = fc.option(fc.nat({ max: ROUTING_BUCKETS - 1 }));

const revisions: fc.Arbitrary<readonly RoutableRevision[]> = fc
  .array(fc.record({ weight: fc.integer({ min: 0, max: 100 }), replicas: fc.integer({ min: 0, max: 4 }) }), { maxLength: 4 })
  .map((shapes) =>
    shapes.map(({ weight, replicas }, r) => ({
      revisionId: `rev-${r}`,
      weightPercent: weight,
      replicas: Array.from({ length: replicas }, (_, i) => ({ replicaId: `rev-${r}-${i}`, revisionId: `rev-${r}`, host: '127.0.0.1', port: 1 })),
    })),
  );

const routeOf = (of: readonly RoutableRevision[]): Route => ({
  deploymentId: 'd',
  domain: 'default',
  name: 'm',
  preferredDomainName: null,
  openToPublic: false,
  createdAtMs: 0,
  version: 1,
  revisions: of,
  revisionIds: new Map(),
  stickiness: 'session',
  mirror: null,
});

const loadOf = (overrides: Partial<ReplicaLoad> = {}): ReplicaLoad => ({
  inFlight: () => 0,
  isAvoided: () => false,
  wasTried: () => false,
  ...overrides,
});

const replicasOf = (of: readonly RoutableRevision[]) => of.flatMap((revision) => revision.replicas);

/** Chances spread evenly over [0, 1): the share of a choice is then exact up to the grid, whoever runs the test. */
const evenChances = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => (i + 0.5) / count);

describe('chooseReplica', () => {
  it('chooses somebody whenever any replica is left to try, and nobody otherwise', () => {
    fc.assert(
      fc.property(revisions, chance, anyBucket, fc.func(fc.boolean()), fc.func(fc.boolean()), (of, c, bucket, tried, avoided) => {
        const load = loadOf({ wasTried: tried, isAvoided: avoided });
        const chosen = chooseReplica(routeOf(of), load, c, bucket);
        const left = replicasOf(of).filter(({ replicaId }) => !tried(replicaId));
        expect(chosen === null).toBe(left.length === 0);
        if (chosen !== null) expect(left).toContain(chosen);
      }),
    );
  });

  it('takes an avoided replica only when every replica left is avoided', () => {
    fc.assert(
      fc.property(revisions, chance, anyBucket, fc.func(fc.boolean()), (of, c, bucket, avoided) => {
        const chosen = chooseReplica(routeOf(of), loadOf({ isAvoided: avoided }), c, bucket);
        if (chosen !== null && avoided(chosen.replicaId)) expect(replicasOf(of).every(({ replicaId }) => avoided(replicaId))).toBe(true);
      }),
    );
  });

  it('takes a revision without weight only when no weighted one has a replica in good standing', () => {
    fc.assert(
      fc.property(revisions, chance, anyBucket, fc.func(fc.boolean()), (of, c, bucket, avoided) => {
        const chosen = chooseReplica(routeOf(of), loadOf({ isAvoided: avoided }), c, bucket);
        const revision = of.find(({ revisionId }) => revisionId === chosen?.revisionId);
        if (chosen === null || revision === undefined || revision.weightPercent > 0) return;
        const better = of.filter((other) => other.weightPercent > 0 && other.replicas.some(({ replicaId }) => !avoided(replicaId)));
        expect(better).toEqual([]);
      }),
    );
  });

  it('serves a routing key with the revision that owns its bucket, whatever the chance, while that has a replica in good standing', () => {
    fc.assert(
      fc.property(revisions, chance, fc.nat({ max: ROUTING_BUCKETS - 1 }), fc.func(fc.boolean()), (of, c, bucket, avoided) => {
        const owner = ownerOf(of, bucket);
        if (owner === null || owner.replicas.every(({ replicaId }) => avoided(replicaId))) return;
        expect(chooseReplica(routeOf(of), loadOf({ isAvoided: avoided }), c, bucket)?.revisionId).toBe(owner.revisionId);
      }),
    );
  });

  it('chooses of one revision exactly while it has a replica that was not tried, and an avoided one last', () => {
    fc.assert(
      fc.property(revisions, chance, fc.func(fc.boolean()), fc.func(fc.boolean()), (of, c, tried, avoided) => {
        for (const { revisionId, replicas } of of) {
          const chosen = chooseReplicaOf(routeOf(of), revisionId, loadOf({ wasTried: tried, isAvoided: avoided }), c);
          const left = replicas.filter(({ replicaId }) => !tried(replicaId));
          expect(chosen === null).toBe(left.length === 0);
          if (chosen !== null) expect(left).toContain(chosen);
          if (chosen !== null && avoided(chosen.replicaId)) expect(left.every(({ replicaId }) => avoided(replicaId))).toBe(true);
        }
        expect(chooseReplicaOf(routeOf(of), 'unknown', loadOf(), c)).toBeNull();
      }),
    );
  });

  it('gives each revision its share of the weights of those that can serve', () => {
    fc.assert(
      fc.property(revisions, (of) => {
        const serving = of.filter(({ weightPercent, replicas }) => weightPercent > 0 && replicas.length > 0);
        const total = serving.reduce((sum, { weightPercent }) => sum + weightPercent, 0);
        const chances = evenChances(2_000);
        const counts = new Map<string, number>();
        for (const c of chances) {
          const id = chooseReplica(routeOf(of), loadOf(), c, null)?.revisionId ?? 'nobody';
          counts.set(id, (counts.get(id) ?? 0) + 1);
        }
        for (const { revisionId, weightPercent } of serving) {
          expect(Math.abs((counts.get(revisionId) ?? 0) / chances.length - weightPercent / total)).toBeLessThan(0.005);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('spreads over the replicas of a revision evenly when they are equally busy', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), (count) => {
        const replicas = Array.from({ length: count }, (_, i) => ({ replicaId: `r${i}`, revisionId: 'a', host: 'h', port: 1 }));
        const route = routeOf([{ revisionId: 'a', weightPercent: 100, replicas }]);
        const counts = new Map<string, number>();
        for (const c of evenChances(12_000)) {
          const id = chooseReplica(route, loadOf(), c, null)?.replicaId ?? '';
          counts.set(id, (counts.get(id) ?? 0) + 1);
        }
        for (const { replicaId } of replicas) expect(Math.abs((counts.get(replicaId) ?? 0) / 12_000 - 1 / count)).toBeLessThan(0.01);
      }),
      { numRuns: 12 },
    );
  });

  it('never chooses the single busiest of several replicas', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), chance, anyBucket, fc.nat({ max: 7 }), (count, c, bucket, pick) => {
        const replicas = Array.from({ length: count }, (_, i) => ({ replicaId: `r${i}`, revisionId: 'a', host: 'h', port: 1 }));
        const busiest = `r${pick % count}`;
        const load = loadOf({ inFlight: (replicaId) => (replicaId === busiest ? 9 : 1) });
        const chosen = chooseReplica(routeOf([{ revisionId: 'a', weightPercent: 100, replicas }]), load, c, bucket);
        expect(chosen?.replicaId).not.toBe(busiest);
      }),
    );
  });
});
