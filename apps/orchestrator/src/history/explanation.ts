import { effectPlace, splitStream } from '@slipway/contracts';
import { decisionSentence, toTimelineRow, type Entity, type EntityKind, type TimelineRow } from '@slipway/domain';
import { PROCESS_RECORD_TYPES, toRecord, type EventLogReader, type RecordedEvent } from '@slipway/event-log';
import { OBSERVATION } from '../replicas/replica-records.js';
import { toEntries } from './timeline-entries.js';
import type { TimelineReads } from './timeline-reads.js';
import { toDeploymentFact } from './timeline.projection.js';

/** Causes that one explanation follows back; the oldest are left out beyond it. */
export const EXPLANATION_LINKS_MAX = 200;

export type ExplanationLink = {
  readonly position: number;
  readonly atMs: number;
  readonly actor: string | null;
  readonly eventType: string;
  readonly what: string;
  readonly because: string;
};

export type Explanation = {
  readonly entity: Entity;
  readonly atMs: number;
  /** What the newest fact about it says. */
  readonly state: string;
  /** Oldest first; the last one is about the entity. */
  readonly links: readonly ExplanationLink[];
  /** False: the chain goes back further than it was followed. */
  readonly isComplete: boolean;
  /** Who began it; null when it was not followed so far. */
  readonly origin: { readonly actor: string | null; readonly correlationId: string | null; readonly atMs: number } | null;
};

export type ExplanationPorts = { readonly log: EventLogReader; readonly timeline: TimelineReads };

/**
 * Why an entity was as it was at an instant: from the newest fact about its state back through the process that wanted it and the fact the
 * process had taken, until somebody asked for it. Null when there was no such entity then.
 */
export async function explain(ports: ExplanationPorts, entity: Entity, atMs: number): Promise<Explanation | null> {
  const newest = (await ports.timeline.lastOf(entity, atMs, STATE_FACTS[entity.kind])) ?? (await ports.timeline.lastOf(entity, atMs));
  if (newest === null) return null;
  const chain: Step[] = [];
  let at = await eventAt(ports.log, newest.position);
  let wanted: string | null = null;
  while (at !== null && chain.length < EXPLANATION_LINKS_MAX) {
    const cause: Cause = await causeOf(ports, at);
    chain.push({ recorded: at, because: cause.because, wanted });
    // A cause comes before what it causes: whatever a log may claim, the chain ends.
    at = cause.recorded !== null && cause.recorded.position < at.position ? cause.recorded : null;
    wanted = cause.wanted;
  }
  const isComplete = at === null;
  const links = (await toLinks(ports.timeline, chain)).toReversed();
  const root = chain.at(-1)?.recorded;
  const origin = root === undefined || !isComplete ? null : { actor: root.metadata.actor ?? null, correlationId: root.metadata.correlationId ?? null, atMs: root.recordedAtMs };
  return { entity, atMs, state: links.at(-1)?.what ?? '', links, isComplete, origin };
}

/** A deployment's tags and the like say nothing of how it is; of everything else, each fact does. */
const STATE_FACTS: Partial<Record<EntityKind, readonly string[]>> = { DEPLOYMENT: ['DeploymentStatusChanged', 'RoutingChanged', 'DeploymentDeleted'] };

/** `wanted`: the id of the effect by which the record caused what comes after it in time. */
type Step = { readonly recorded: RecordedEvent; readonly because: string; readonly wanted: string | null };
type Cause = { readonly recorded: RecordedEvent | null; readonly because: string; readonly wanted: string | null };

async function causeOf({ log, timeline }: ExplanationPorts, recorded: RecordedEvent): Promise<Cause> {
  if (isProcessRecord(recorded)) return causeOfDecision(log, recorded);
  const { causeId } = toDeploymentFact(recorded);
  const place = causeId === null ? null : effectPlace(causeId);
  if (place !== null) return { recorded: await eventIn(log, place.streamId, place.revision), because: `the ${processName(place.streamId)} process asked for it`, wanted: causeId };
  if (causeId !== null) {
    const row = await timeline.byEventId(causeId);
    return { recorded: row === null ? null : await eventAt(log, row.position), because: `of ${row?.type ?? `event ${causeId}`}`, wanted: null };
  }
  const { commandId, correlationId, actor = 'somebody unknown' } = recorded.metadata;
  if (OBSERVATIONS.some((prefix) => commandId?.startsWith(prefix) === true))
    return { recorded: await knownBefore(log, recorded), because: 'it was seen to be so', wanted: null };
  return { recorded: null, because: `${actor} asked for it${correlationId === undefined ? '' : ` in request ${correlationId}`}`, wanted: null };
}

/** What ids of commands begin with that say what was seen or measured. */
const OBSERVATIONS = [OBSERVATION, 'measure/'] as const;

/** What was known of a thing before something was seen of it: its last fact of another kind, for many measurements follow each other. */
async function knownBefore(log: EventLogReader, { streamId, revision, type }: RecordedEvent): Promise<RecordedEvent | null> {
  if (revision === 0) return null;
  const read = await log.readStream(streamId, { direction: 'backwards', fromRevision: revision - 1 });
  if ('found' in read) for await (const earlier of read.found) if (earlier.type !== type) return earlier;
  return null;
}

async function causeOfDecision(log: EventLogReader, recorded: RecordedEvent): Promise<Cause> {
  const record = toRecord(recorded);
  switch (record.type) {
    case 'ProcessInputTaken': {
      const source = await eventAt(log, record.sourcePosition);
      return { recorded: source, because: `it was told of ${source?.type ?? `position ${record.sourcePosition}`}`, wanted: null };
    }
    case 'ProcessTimerFired': {
      const slash = record.armedBy.lastIndexOf('/');
      const armed = await eventIn(log, record.armedBy.slice(0, slash), Number(record.armedBy.slice(slash + 1)));
      return { recorded: armed, because: `the timer ${record.timerId} that it had set fell due`, wanted: null };
    }
    case 'ProcessEffectPerformed':
      return { recorded: null, because: 'it was done', wanted: null };
  }
}

async function toLinks(timeline: TimelineReads, chain: readonly Step[]): Promise<readonly ExplanationLink[]> {
  const facts = chain.filter(({ recorded }) => !isProcessRecord(recorded)).map(({ recorded }): TimelineRow => toTimelineRow(toDeploymentFact(recorded)));
  const summaries = new Map((await toEntries(timeline, facts)).map(({ row, summary }) => [row.position, summary]));
  return chain.map(({ recorded, because, wanted }) => {
    const { position, recordedAtMs: atMs, type: eventType } = recorded;
    return { position, atMs, actor: recorded.metadata.actor ?? null, eventType, what: summaries.get(position) ?? decision(recorded, wanted), because };
  });
}

function decision(recorded: RecordedEvent, wanted: string | null): string {
  const record = toRecord(recorded);
  const effects = 'effects' in record ? record.effects : [];
  const index = wanted === null ? null : (effectPlace(wanted)?.index ?? null);
  return decisionSentence(processName(recorded.streamId), index === null ? effects : effects.slice(index, index + 1));
}

const isProcessRecord = ({ type }: RecordedEvent): boolean => (PROCESS_RECORD_TYPES as readonly string[]).includes(type);

/** `process-fleet-7f…` → fleet */
function processName(streamId: string): string {
  const { id } = splitStream(streamId);
  return id.slice(0, id.indexOf('-'));
}

async function eventAt(log: EventLogReader, position: number): Promise<RecordedEvent | null> {
  const [event] = await Array.fromAsync(log.readAll({ after: position - 1, limit: 1 }));
  return event?.position === position ? event : null;
}

async function eventIn(log: EventLogReader, streamId: string, revision: number): Promise<RecordedEvent | null> {
  const read = await log.readStream(streamId, { fromRevision: revision, limit: 1 });
  const [event] = 'found' in read ? await Array.fromAsync(read.found) : [];
  return event ?? null;
}
