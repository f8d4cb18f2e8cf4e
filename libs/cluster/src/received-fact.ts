import { FACTS_SUBJECT, type Fact } from '@slipway/contracts';
import { PROCESS_RECORD_TYPES, type LiveLog } from '@slipway/event-log';
import { currentTraceparent, inSpan, startSpan } from '@slipway/service/process';
import { liveFactOf } from './fact-of-event.js';

const NAME = `process ${FACTS_SUBJECT}`;
const MESSAGING = {
  'messaging.system': 'nats',
  'messaging.operation.name': 'process',
  'messaging.operation.type': 'process',
  'messaging.destination.name': FACTS_SUBJECT,
};

/** What processes write for themselves: the bus carries it, nobody follows it, and spans of it would be half of every trace. */
const OWN_RECORDS: ReadonlySet<string> = new Set(PROCESS_RECORD_TYPES);

/**
 * Hands a fact of the bus to the log's followers. One that belongs to a trace does so in a span of that trace, which the
 * followers are told as the fact's own; nothing of what they do happens inside it.
 */
export function offerInTrace(live: Pick<LiveLog, 'offer'>, fact: Fact): void {
  const { traceparent } = fact.metadata;
  if (traceparent === undefined || OWN_RECORDS.has(fact.type)) return live.offer(liveFactOf(fact));
  const attributes = { ...MESSAGING, 'messaging.message.id': fact.id, 'slipway.event.type': fact.type, 'slipway.position': fact.position };
  const span = startSpan(NAME, { kind: 'consumer', parent: traceparent, attributes });
  const own = inSpan(span, currentTraceparent) ?? traceparent;
  live.offer(liveFactOf({ ...fact, metadata: { ...fact.metadata, traceparent: own } }));
  span.end();
}
