import { accessEventTypes, deploymentEventTypes, parseEvent, replicaEventTypes, statusEventTypes } from '@slipway/contracts';
import type { EventLogReader, RecordedEvent } from '@slipway/event-log';
import type { FactSource, RoutingFact } from './fact-source.js';

const ROUTING_TYPES: readonly string[] = [...deploymentEventTypes, ...statusEventTypes, ...replicaEventTypes, ...accessEventTypes];

/**
 * The facts of routing out of the event log. Positions advance past every other event as well. `onNews` hears of the events
 * that came after the past had been read.
 */
export function logFactSource(log: EventLogReader, onNews?: (event: RecordedEvent) => void): FactSource {
  let isPast = true;
  return {
    async *follow(afterPosition, signal) {
      for await (const message of log.follow({ after: afterPosition, filter: { types: ROUTING_TYPES }, signal })) {
        if ('event' in message) {
          const { position, streamId } = message.event;
          if (!isPast) onNews?.(message.event);
          yield { position, streamId, event: parseEvent(message.event) as RoutingFact };
        } else if ('checkpoint' in message) {
          yield { passed: message.checkpoint };
        } else {
          isPast = false;
          yield { passed: message.caughtUp };
          yield 'caughtUp';
        }
      }
    },
  };
}
