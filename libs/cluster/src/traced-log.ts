import type { AppendOutcome, EventLog, NewEvent } from '@slipway/event-log';
import { currentTraceparent, durationHistogram, withSpan } from '@slipway/service/process';

const appendDuration = durationHistogram('slipway.log.append.duration', 'Duration of appends to the event log');

/**
 * The same log, its appends in spans: `append <category>`, a child of the active span or else of the trace the events carry,
 * and recorded with the events, so that whatever follows from them belongs to the same trace. What belongs to no trace starts
 * none. Their durations are measured by category. Closing it leaves the log itself open.
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
      const category = categoryOf(streamId);
      if (parent === undefined) return measured(category, () => log.append(streamId, events, expected));
      const attributes = { 'slipway.stream': streamId, 'slipway.event.types': events.map(({ type }) => type) };
      return withSpan(`append ${category}`, { parent, attributes }, async (span) => {
        const outcome = await measured(category, () => log.append(streamId, withTraceparent(events, currentTraceparent()), expected));
        span.setAttributes(attributesOf(outcome));
        return outcome;
      });
    },
    async [Symbol.asyncDispose]() {
      // whoever opened the log closes it
    },
  };
}

async function measured(category: string, append: () => Promise<AppendOutcome>): Promise<AppendOutcome> {
  const startedAtMs = performance.now();
  let errorType: string | undefined = 'failed';
  try {
    const outcome = await append();
    errorType = refusalIn(outcome);
    return outcome;
  } finally {
    const attributes = { 'slipway.stream.category': category, ...(errorType === undefined ? {} : { 'error.type': errorType }) };
    appendDuration.record((performance.now() - startedAtMs) / 1000, attributes);
  }
}

const categoryOf = (streamId: string): string => streamId.split('-', 1)[0] ?? '';

function withTraceparent(events: readonly NewEvent[], traceparent: string | undefined): readonly NewEvent[] {
  return traceparent === undefined ? events : events.map((event) => ({ ...event, metadata: { ...event.metadata, traceparent } }));
}

function attributesOf(outcome: AppendOutcome): Record<string, string | number> {
  if ('appended' in outcome) return { 'slipway.revision': outcome.appended.revision, 'slipway.position': outcome.appended.position };
  return { 'error.type': refusalIn(outcome) ?? 'unknown' };
}

const refusalIn = (outcome: AppendOutcome): string | undefined => ('conflict' in outcome ? 'conflict' : 'tooLarge' in outcome ? 'too_large' : undefined);
