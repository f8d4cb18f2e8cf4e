import type { RevisionWeight } from '../status/deployment-status.js';
import type { Fleet, FleetRollout } from './fleet.js';
import { ready, staying } from './steady-fleet.js';

type Walked = Pick<FleetRollout, 'targetRevisionId' | 'previousRevisionId' | 'sideBySide' | 'direction'>;

/**
 * The target's share, and the rest of 100 to the previous revision where one is kept beside the target, else over the
 * other revisions by their ready replicas (largest remainder).
 *
 * Revisions that have a share stay in their order, and a new target comes first: requests that stick to a revision by their
 * key are given ranges in this order, so that between two revisions only the border moves, whichever of them grows.
 */
export function weightsWith(fleet: Fleet, rollout: Walked, weightPercent: number): readonly RevisionWeight[] {
  const place = ({ revisionId }: RevisionWeight): number => {
    const listed = fleet.weights.findIndex((weight) => weight.revisionId === revisionId);
    if (listed >= 0) return listed;
    return revisionId === rollout.targetRevisionId ? FIRST : AFTER_THE_FIRST;
  };
  const weights = [{ revisionId: rollout.targetRevisionId, weightPercent }, ...besides(fleet, rollout, 100 - weightPercent)];
  const sumPercent = weights.reduce((sum, weight) => sum + weight.weightPercent, 0);
  if (sumPercent < 100) return [{ revisionId: rollout.targetRevisionId, weightPercent: 100 }]; // there is nobody else
  return weights.filter((weight) => weight.weightPercent > 0).toSorted((a, b) => place(a) - place(b));
}

const FIRST = -1;
/** Neither end is taken from a target that grows there. */
const AFTER_THE_FIRST = 0.5;

function besides(fleet: Fleet, { targetRevisionId, previousRevisionId, sideBySide, direction }: Walked, left: number): readonly RevisionWeight[] {
  const others = ready(staying(fleet)).filter(({ revisionId }) => revisionId !== targetRevisionId);
  const keepsPrevious = sideBySide && direction === 'forward' && others.some(({ revisionId }) => revisionId === previousRevisionId);
  if (keepsPrevious && previousRevisionId !== null) return [{ revisionId: previousRevisionId, weightPercent: left }];
  const weights = [...Map.groupBy(others, ({ revisionId }) => revisionId)].map(([revisionId, own]) => ({
    revisionId,
    weightPercent: Math.floor((left * own.length) / others.length),
  }));
  const missing = left - weights.reduce((sum, weight) => sum + weight.weightPercent, 0);
  return weights.map((weight, index) => (index < missing ? { ...weight, weightPercent: weight.weightPercent + 1 } : weight));
}
