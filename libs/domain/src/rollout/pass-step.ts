import { accept, type Decision } from '../decider.js';
import type { RolloutBelonging, RolloutEvent, RolloutRejection } from './rollout-events.js';
import { belonging, type EventOf, type Walk } from './rollout-state.js';

export type Outcome = Decision<RolloutEvent, RolloutRejection>;

/** A step completed or skipped, and what comes of it: a promotion, an end. */
export function pass(event: EventOf<'RolloutStepCompleted' | 'RolloutStepSkipped'>, state: Walk): Outcome {
  const { step, atMs } = event;
  const of = belonging(state, atMs);
  const promoted = state.direction === 'forward' && state.plan[step]?.type === 'promote';
  const isLast = step + 1 >= state.plan.length;
  return accept<RolloutEvent>(event, ...(promoted ? [{ type: 'RolloutPromoted' as const, ...of }] : []), ...(isLast ? [ending(state, of)] : []));
}

function ending(state: Walk, of: RolloutBelonging): RolloutEvent {
  return state.direction === 'forward'
    ? { type: 'RolloutCompleted', ...of }
    : { type: 'RolloutRolledBack', ...of, reason: state.reason ?? 'aborted' };
}
