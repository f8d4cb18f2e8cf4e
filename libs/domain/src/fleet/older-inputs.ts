import { PROGRESS_DEADLINE_MS } from '../rollout/rollout.js';
import type { FleetInput } from './fleet.js';

/**
 * Inputs are recorded as events were understood at the time. Those that the first rules recorded lack what events say
 * by now; what they left out is what was then always so.
 */
export function inNewestForm(input: FleetInput): FleetInput {
  if (input.from === 'rollout' && input.event.type === 'RolloutStarted') {
    const meant = { strategy: 'ROLLING' as const, sideBySide: false, progressDeadlineMs: PROGRESS_DEADLINE_MS };
    return { ...input, event: { ...meant, ...input.event } };
  }
  if (input.from === 'status' && input.event.type === 'RoutingChanged') return { ...input, event: { ...{ mirror: null }, ...input.event } };
  return input;
}
