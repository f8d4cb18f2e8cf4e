import fc from 'fast-check';
import type { RoutableRevision } from '../routing/routing-table.js';
import { ownerOf, ROUTING_BUCKETS } from '../routing/sticky-split.js';
import type { RevisionWeight } from '../status/deployment-status.js';
import { noFleet, type Fleet, type FleetReplica } from './fleet.js';
import { weightsWith } from './rollout-weights.js';

describe('how a rollout splits traffic', () => {
  const revisionId: fc.Arbitrary<string> = fc.constantFrom('r1', 'r2', 'r3');
  const ready = fc.array(revisionId, { maxLength: 6 });
  const percent = fc.nat(100);
  const buckets = Array.from({ length: ROUTING_BUCKETS / 100 }, (_, index) => index * 100 + 50);

  const fleetOf = (weights: readonly RevisionWeight[], revisionIds: readonly string[]): Fleet => {
    const replicas = revisionIds.map((id, ordinal): FleetReplica => ({ replicaId: `d-${ordinal}`, revisionId: id, ordinal, phase: 'ready' }));
    return { ...noFleet, weights, replicas: Object.fromEntries(replicas.map((replica) => [replica.replicaId, replica])) };
  };
  const to = (targetRevisionId: string, previousRevisionId: string | null, sideBySide: boolean) => ({ targetRevisionId, previousRevisionId, sideBySide, direction: 'forward' as const });
  const owners = (weights: readonly RevisionWeight[]): readonly (string | undefined)[] => {
    const revisions = weights.map((weight): RoutableRevision => ({ ...weight, replicas: [] }));
    return buckets.map((bucket) => ownerOf(revisions, bucket)?.revisionId);
  };
  const shareOf = (weights: readonly RevisionWeight[], id: string): number => weights.find((weight) => weight.revisionId === id)?.weightPercent ?? 0;

  it('gives the target its share and all of the rest to others that are ready, each once', () => {
    fc.assert(
      fc.property(ready, revisionId, fc.option(revisionId), fc.boolean(), percent, (replicas, target, previous, sideBySide, weightPercent) => {
        const weights = weightsWith(fleetOf([], replicas), to(target, previous, sideBySide), weightPercent);
        const isAlone = replicas.every((id) => id === target);
        expect(shareOf(weights, target)).toBe(isAlone ? 100 : weightPercent);
        expect(weights.reduce((sum, weight) => sum + weight.weightPercent, 0)).toBe(100);
        expect(new Set(weights.map((weight) => weight.revisionId)).size).toBe(weights.length);
        for (const weight of weights) expect(weight.revisionId === target || replicas.includes(weight.revisionId)).toBe(true);
      }),
    );
  });

  it('moves, between two revisions, as many requests with a key as its share changes by, whichever was the target before', () => {
    const turn = fc.record({ target: fc.constantFrom('r1', 'r2'), weightPercent: percent, sideBySide: fc.boolean() });
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 8 }), (turns) => {
        let weights: readonly RevisionWeight[] = [{ revisionId: 'r1', weightPercent: 100 }];
        for (const { target, weightPercent, sideBySide } of turns) {
          const other = target === 'r1' ? 'r2' : 'r1';
          const after = weightsWith(fleetOf(weights, ['r1', 'r2', 'r2']), to(target, other, sideBySide), weightPercent);
          const [before, now] = [owners(weights), owners(after)];
          expect(before.filter((owner, index) => owner !== now[index])).toHaveLength(Math.abs(shareOf(after, target) - shareOf(weights, target)));
          weights = after;
        }
      }),
    );
  });

  it('takes nobody with a key from a target that comes first or last while its share grows, however many others there are', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(['r1', 'r2', 'r3'], { minLength: 1 }), fc.tuple(percent, percent), ready, revisionId, percent, (order, [a, b], replicas, target, weightPercent) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const shares = order.length === 1 ? [100] : order.length === 2 ? [low, 100 - low] : [low, high - low, 100 - high];
        const before = order.map((id, index) => ({ revisionId: id, weightPercent: shares[index] ?? 0 })).filter((weight) => weight.weightPercent > 0);
        const place = before.findIndex((weight) => weight.revisionId === target);
        const after = weightsWith(fleetOf(before, replicas), to(target, null, false), weightPercent);
        if ((place > 0 && place < before.length - 1) || shareOf(after, target) < shareOf(before, target)) return;
        const now = owners(after);
        owners(before).forEach((owner, index) => owner === target && expect(now[index]).toBe(target));
      }),
    );
  });
});
