import type { Fencepost } from '../strategy/fencepost.js';
import type { RolloutStep } from './rollout-plan.js';

export type RollingStart = {
  readonly desired: number;
  /** Target replicas that exist already, ready or not. */
  readonly target: number;
  /** Replicas of all other revisions. */
  readonly rest: number;
  /** The target's share of requests as it stands, in percent; it only ever rises. */
  readonly weightPercent: number;
};

/**
 * A rolling update: in each round first let go what may be unavailable, then launch into the free room, wait, shift
 * traffic, repeat. Traffic moves before capacity goes. Holds at every step, with nothing failing:
 * existing ≤ max(desired + surge, what existed) and ready ≥ desired − unavailable.
 */
export function rollingPlan(start: RollingStart, { surge, unavailable }: Fencepost): readonly RolloutStep[] {
  const { desired } = start;
  if (desired === 0) return [{ type: 'setWeight', weightPercent: 100 }, { type: 'drain', remaining: 0 }, { type: 'promote' }];
  const steps: RolloutStep[] = [];
  let target = Math.min(start.target, desired);
  let rest = start.rest;
  let { weightPercent } = start;
  const shift = (to: number): void => {
    if (to > weightPercent) steps.push({ type: 'setWeight', weightPercent: (weightPercent = to) });
  };
  if (target > 0) steps.push({ type: 'awaitReady', count: target });
  while (target < desired || rest > 0) {
    const dispensable = Math.min(rest, Math.max(0, target + rest - (desired - unavailable)));
    if (dispensable > 0) {
      rest -= dispensable;
      if (target > 0) shift(share(target, rest));
      steps.push({ type: 'drain', remaining: rest });
    }
    const launched = Math.min(desired - target, Math.max(0, desired + surge - target - rest));
    if (launched > 0) {
      target += launched;
      steps.push({ type: 'launch', count: target }, { type: 'awaitReady', count: target });
      shift(share(target, rest));
    }
    if (dispensable === 0 && launched === 0) throw new Error('neither surge nor unavailable leaves room to move');
  }
  shift(100);
  steps.push({ type: 'promote' });
  return steps;
}

/** The target's share of requests when every replica counts the same; rounded down, so that no share exceeds capacity. */
function share(target: number, rest: number): number {
  return Math.floor((100 * target) / (target + rest));
}
