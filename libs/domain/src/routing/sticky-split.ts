import type { RoutableRevision } from './routing-table.js';

/** Requests with a routing key are spread over this many buckets; a hundred of them are one percent of weight. */
export const ROUTING_BUCKETS = 10_000;

const BUCKETS_PER_PERCENT = ROUTING_BUCKETS / 100;

/** The bucket of a key, by the first four bytes (big-endian) of SHA-256 over the deployment's id and the key. */
export const bucketOf = (firstFourBytes: number): number => firstFourBytes % ROUTING_BUCKETS;

/** Of all buckets, the first that belong to a share of so many percent. */
export const bucketsOf = (percent: number): number => Math.round(percent * BUCKETS_PER_PERCENT);

/**
 * Whose bucket it is: the revisions own consecutive ranges, in the order of the route's weights. The first listed, the target
 * of a rollout unless it had a share before, owns [0, weight): while its weight rises nobody who was with it leaves it, wherever the request
 * comes in and whatever has been restarted. Null if no revision has weight.
 */
export function ownerOf(revisions: readonly RoutableRevision[], bucket: number): RoutableRevision | null {
  let end = 0;
  let last: RoutableRevision | null = null;
  for (const revision of revisions) {
    if (revision.weightPercent === 0) continue;
    end += bucketsOf(revision.weightPercent);
    if (bucket < end) return revision;
    last = revision;
  }
  return last; // weights in thirds round to one bucket less than there are
}
