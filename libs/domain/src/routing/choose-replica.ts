import type { RoutableReplica, RoutableRevision, Route } from './routing-table.js';
import { ownerOf } from './sticky-split.js';

/** What a proxy knows at this instant of replicas, beside the table. */
export type ReplicaLoad = {
  /** Requests it has given the replica that have not ended. */
  inFlight(replicaId: string): number;
  /** True for a short time after the replica could not be connected to. */
  isAvoided(replicaId: string): boolean;
  /** True if the request at hand has failed on this replica before. */
  wasTried(replicaId: string): boolean;
};

/**
 * Who serves this request: a revision by weight, then the less busy of two of its replicas drawn at random.
 * `chance` is uniform in [0, 1); each draw uses up a part of it. Null if nobody is left to try.
 *
 * No request fails while any replica is ready: the weights are those of the revisions that can serve; if none of them
 * can, a ready revision of weight 0 does; replicas that could not be connected to come last.
 *
 * `bucket`: of the request's routing key, null without one. The revision that owns it serves if it can.
 */
export function chooseReplica(route: Route, load: ReplicaLoad, chance: number, bucket: number | null): RoutableReplica | null {
  const owner = bucket === null ? null : ownerOf(route.revisions, bucket);
  const own = owner === null ? null : lessBusyOfTwo(owner, load, chance, false);
  if (own !== null) return own;
  for (const includeAvoided of NEVER_THEN_ALWAYS) {
    for (const includeWeightless of NEVER_THEN_ALWAYS) {
      const chosen = chooseAmong(route, load, chance, includeAvoided, includeWeightless);
      if (chosen !== null) return chosen;
    }
  }
  return null;
}

/** The less busy of two replicas of one revision, whatever its weight. Null if nobody of it is left to try. */
export function chooseReplicaOf(route: Route, revisionId: string, load: ReplicaLoad, chance: number): RoutableReplica | null {
  for (const revision of route.revisions) {
    if (revision.revisionId === revisionId) return lessBusyOfTwo(revision, load, chance, false) ?? lessBusyOfTwo(revision, load, chance, true);
  }
  return null;
}

const NEVER_THEN_ALWAYS = [false, true] as const;

function chooseAmong(
  { revisions }: Route,
  load: ReplicaLoad,
  chance: number,
  includeAvoided: boolean,
  includeWeightless: boolean,
): RoutableReplica | null {
  let total = 0;
  for (const revision of revisions) total += effectiveWeight(revision, load, includeAvoided, includeWeightless);
  let point = chance * total;
  let last: RoutableRevision | null = null;
  for (const revision of revisions) {
    const weight = effectiveWeight(revision, load, includeAvoided, includeWeightless);
    if (weight === 0) continue;
    if (point < weight) return lessBusyOfTwo(revision, load, point / weight, includeAvoided);
    point -= weight;
    last = revision;
  }
  // Rounding may carry the point past the last weight; it then belongs to the last revision.
  return last === null ? null : lessBusyOfTwo(last, load, 0, includeAvoided);
}

/** 0 if the revision cannot serve. When weightless revisions are asked for, each of those counts the same. */
function effectiveWeight(revision: RoutableRevision, load: ReplicaLoad, includeAvoided: boolean, includeWeightless: boolean): number {
  if (includeWeightless !== (revision.weightPercent === 0)) return 0;
  if (countCandidates(revision, load, includeAvoided) === 0) return 0;
  return includeWeightless ? 1 : revision.weightPercent;
}

function lessBusyOfTwo(revision: RoutableRevision, load: ReplicaLoad, chance: number, includeAvoided: boolean): RoutableReplica | null {
  const count = countCandidates(revision, load, includeAvoided);
  if (count === 0) return null;
  const scaled = chance * count;
  const first = Math.min(count - 1, Math.floor(scaled));
  const a = candidateAt(revision, load, includeAvoided, first);
  if (count === 1) return a;
  // The second draw is uniform over the others: a step of 1 … count − 1 from the first.
  const step = 1 + Math.min(count - 2, Math.floor((scaled - first) * (count - 1)));
  const b = candidateAt(revision, load, includeAvoided, (first + step) % count);
  if (a === null || b === null) return a ?? b;
  return load.inFlight(b.replicaId) < load.inFlight(a.replicaId) ? b : a;
}

function countCandidates({ replicas }: RoutableRevision, load: ReplicaLoad, includeAvoided: boolean): number {
  let count = 0;
  for (const { replicaId } of replicas) if (isCandidate(replicaId, load, includeAvoided)) count += 1;
  return count;
}

function candidateAt({ replicas }: RoutableRevision, load: ReplicaLoad, includeAvoided: boolean, index: number): RoutableReplica | null {
  let left = index;
  for (const replica of replicas) {
    if (!isCandidate(replica.replicaId, load, includeAvoided)) continue;
    if (left === 0) return replica;
    left -= 1;
  }
  return null;
}

function isCandidate(replicaId: string, load: ReplicaLoad, includeAvoided: boolean): boolean {
  return !load.wasTried(replicaId) && (includeAvoided || !load.isAvoided(replicaId));
}
