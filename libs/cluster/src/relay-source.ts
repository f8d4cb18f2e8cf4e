import type { EventLogReader } from '@slipway/event-log';
import type { RelaySource } from '@slipway/messaging/relay';

/** The log as the relay reads it: every event, none left out. */
export function relaySourceOf(log: EventLogReader): RelaySource {
  return {
    async *follow(after, signal) {
      for await (const message of log.follow({ after, signal })) {
        if ('event' in message) yield { event: message.event };
        else yield { passed: 'caughtUp' in message ? message.caughtUp : message.checkpoint };
      }
    },
    readAfter: (after, limit) => log.readAll({ after, limit }),
    head: () => log.head(),
  };
}
