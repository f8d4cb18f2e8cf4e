import { z } from 'zod';
import type { Fact, FactMetadata } from './fact.js';
import { contextOf, subjectToken } from './fact-subject.js';

/** CloudEvents' own integers have 32 bits, so a number that may outgrow them travels as text. */
const number64 = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,15})$/)
  .describe('A whole number as text, at most 2^53 - 1');
const text = z.string().min(1);

/**
 * A fact as a CloudEvent 1.0 in structured JSON. Attributes that are not listed are passed over, so that a newer release
 * may add some while older ones still read.
 */
export const factEnvelope = z.object({
  specversion: z.literal('1.0'),
  id: text.describe('Unique per fact, and the same each time it is published'),
  source: z.string().regex(/^\/slipway\/./).describe('/slipway/<context>'),
  type: z.string().regex(/^slipway\.[\s\S]+\.v[1-9][0-9]*$/).describe('slipway.<EventType>.v<version>'),
  subject: text.describe('The stream'),
  time: z.iso.datetime().describe('When it was recorded, by the clock of the log. Nothing is ordered by it.'),
  datacontenttype: z.enum(['application/json', 'application/octet-stream']),
  data: z.unknown().optional().describe('The event as the log keeps it, a JSON value'),
  data_base64: z.base64().optional(),
  slipwayposition: number64.describe('Place in the log: strictly increasing, not without gaps'),
  slipwayprevious: number64.describe('Position of the fact before this one, 0 for the first'),
  slipwayrevision: number64.describe('Place in its stream, from 0, without gaps'),
  slipwayactor: text.optional().describe('Who caused it'),
  correlationid: text.optional().describe('What all facts of one request share'),
  causationid: text.optional().describe('Id of the command or fact that caused it'),
  commandid: text.optional().describe('Id of the command'),
  traceparent: text.optional().describe('W3C trace context'),
});

export type FactEnvelope = z.infer<typeof factEnvelope>;

export function toFactEnvelope(fact: Fact): FactEnvelope {
  const { actor, correlationId, causationId, commandId, traceparent } = fact.metadata;
  return {
    specversion: '1.0',
    id: fact.id,
    source: `/slipway/${subjectToken(contextOf(fact.streamId))}`,
    type: `slipway.${fact.type}.v${fact.version}`,
    subject: fact.streamId,
    time: new Date(fact.recordedAtMs).toISOString(),
    ...content(fact.data),
    slipwayposition: String(fact.position),
    slipwayprevious: String(fact.previousPosition),
    slipwayrevision: String(fact.revision),
    ...present({ slipwayactor: actor, correlationid: correlationId, causationid: causationId, commandid: commandId, traceparent }),
  };
}

/** Throws, in one line, on what is not a fact. */
export function parseFactEnvelope(value: unknown): Fact {
  const { success, data: envelope, error } = factEnvelope.safeParse(value);
  if (!success) throw new Error(`not a fact: ${error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`);
  const versionAt = envelope.type.lastIndexOf('.v');
  const metadata: FactMetadata = present({
    actor: envelope.slipwayactor,
    correlationId: envelope.correlationid,
    causationId: envelope.causationid,
    commandId: envelope.commandid,
    traceparent: envelope.traceparent,
  });
  return {
    id: envelope.id,
    type: envelope.type.slice('slipway.'.length, versionAt),
    version: Number(envelope.type.slice(versionAt + 2)),
    streamId: envelope.subject,
    revision: Number(envelope.slipwayrevision),
    position: Number(envelope.slipwayposition),
    previousPosition: Number(envelope.slipwayprevious),
    recordedAtMs: Date.parse(envelope.time),
    data: envelope.data_base64 === undefined ? (envelope.data ?? null) : new Uint8Array(Buffer.from(envelope.data_base64, 'base64')),
    metadata,
  };
}

function content(data: unknown): Pick<FactEnvelope, 'datacontenttype' | 'data' | 'data_base64'> {
  if (data instanceof Uint8Array) return { datacontenttype: 'application/octet-stream', data_base64: Buffer.from(data).toString('base64') };
  return { datacontenttype: 'application/json', data };
}

/** Absent and undefined are one in JSON; a field is left out rather than sent empty. */
function present<T extends Readonly<Record<string, string | undefined>>>(fields: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: string };
}
