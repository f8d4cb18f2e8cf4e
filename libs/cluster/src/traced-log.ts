import type { AppendOutcome, EventLog, NewEvent } from '@slipway/event-log';
import { currentTraceparent, withSpan } from '@slipway/service/process';

/**
 * The same log, its appends in spans: `append <category>`, a child of the active span or else of the trace the events carry,
 * and recorded with the events, so that whatever follows from them belongs to the same trace. What belongs to no trace starts
 * none. Closing it leaves the log itself open. Without telemetry it is the log as it is, but for one look per append.
 */
export function tracedLog(log: EventLog): EventLog {
  return {
    readStream: (streamId, options) => log.readStream(streamId, options),
    readAll: (options) => log.readAll(options),
    listStreams: (options) => log.listStreams(options),
    findEvent: (streamId, eventId) => log.findEvent(streamId, eventId),
    head: () => log.head(),
    follow: (options) => log.follow(options),
    followStream: (streamId, options) => log.followStream(streamId, options),
    append: (streamId, events, expected) => {
      const parent = currentTraceparent() ?? events[0]?.metadata.traceparent;
      if (parent === undefined) return log.append(streamId, events, expected);
      const attributes = { 'slipway.stream': streamId, 'slipway.event.types': events.map(({ type }) => type) };
      return withSpan(`append ${categoryOf(streamId)}`, { parent, attributes }, async (span) => {
        const outcome = await log.append(streamId, withTraceparent(events, currentTraceparent()), expected);
        span.setAttributes(attributesOf(outcome));
        return outcome;
      });
    },
    async [Symbol.asyncDispose]() {
      // whoever opened the log closes it
    },
  };
}

const categoryOf = (streamId: string): string => streamId.split('-', 1)[0] ?? '';

function withTraceparent(events: readonly NewEvent[], traceparent: string | undefined): readonly NewEvent[] {
  return traceparent === undefined ? events : events.map((event) => ({ ...event, metadata: { ...event.metadata, traceparent } }));
}

function attributesOf(outcome: AppendOutcome): Record<string, string | number> {
  if ('appended' in outcome) return { 'slipway.revision': outcome.appended.revision, 'slipway.position': outcome.appended.position };
  return { 'error.type': 'conflict' in outcome ? 'conflict' : 'too_large' };
}
