import { parseEventAs, serializeEvent } from '@slipway/contracts';
import { deploymentStatus, replica, rollout, type ReplicaEvent, type RolloutEvent, type StatusEvent } from '@slipway/domain';

/** The streams this service writes, and nobody else. */
export const aggregates = {
  rollout: { decider: rollout, parse: parseEventAs<RolloutEvent>(), serialize: serializeEvent },
  replica: { decider: replica, parse: parseEventAs<ReplicaEvent>(), serialize: serializeEvent },
  status: { decider: deploymentStatus, parse: parseEventAs<StatusEvent>(), serialize: serializeEvent },
};
