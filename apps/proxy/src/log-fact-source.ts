import { accessEventTypes, deploymentEventTypes, parseEvent, replicaEventTypes, statusEventTypes } from '@slipway/contracts';
import type { EventLogReader } from '@slipway/event-log';
import type { FactSource, RoutingFact } from './fact-source.js';

const ROUTING_TYPES: readonly string[] = [...deploymentEventTypes, ...statusEventTypes, ...replicaEventTypes, ...accessEventTypes];

/** The facts of routing out of the event log. Positions advance past every other event as well. */
export function logFactSource(log: EventLogReader): FactSource {
  return {
    async *follow(afterPosition, signal) {
      for await (const message of log.follow({ after: afterPosition, filter: { types: ROUTING_TYPES }, signal })) {
        if ('event' in message) {
          const { position, streamId } = message.event;
          yield { position, streamId, event: parseEvent(message.event) as RoutingFact };
        } else if ('checkpoint' in message) {
          yield { passed: message.checkpoint };
        } else {
          yield { passed: message.caughtUp };
          yield 'caughtUp';
        }
      }
    },
  };
}
