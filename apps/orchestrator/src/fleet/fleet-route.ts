import { deploymentEventTypes, parseEvent, replicaEventTypes, rolloutEventTypes, splitStream, statusEventTypes } from '@slipway/contracts';
import type { FleetInput, ReplicaEvent, RolloutEvent } from '@slipway/domain';
import type { EventFilter, RecordedEvent } from '@slipway/event-log';

/** The facts a fleet hears of. */
export const fleetFilter: EventFilter = { types: [...deploymentEventTypes, ...rolloutEventTypes, ...replicaEventTypes, ...statusEventTypes] };

/** Which deployment's fleet a fact concerns, and how it hears of it. */
export function routeToFleet(recorded: RecordedEvent): { readonly key: string; readonly input: FleetInput } | null {
  const { category, id } = splitStream(recorded.streamId);
  const event = parseEvent(recorded);
  switch (category) {
    case 'deployment':
      return { key: id, input: { from: 'deployment', event } as FleetInput };
    case 'status':
      return { key: id, input: { from: 'status', event } as FleetInput };
    case 'rollout':
      return { key: (event as RolloutEvent).deploymentId, input: { from: 'rollout', rolloutId: id, event } as FleetInput };
    case 'replica':
      return { key: (event as ReplicaEvent).deploymentId, input: { from: 'replica', replicaId: id, event } as FleetInput };
    default:
      return null;
  }
}
