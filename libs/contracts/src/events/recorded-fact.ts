import type { RecordedFact } from '@slipway/domain';
import type { Fact } from '../bus/fact.js';
import type { SlipwayEvent } from './event-catalogue.js';
import { splitStream } from './streams.js';

/** What is taken of an event as the log has it. */
type Recorded = Omit<Fact, 'previousPosition' | 'data' | 'version'>;

/** A fact with what the log adds to it. */
export function toRecordedFact<E extends SlipwayEvent>(recorded: Recorded, event: E): RecordedFact<E> {
  const { id: eventId, streamId, revision, position, recordedAtMs, metadata } = recorded;
  const { category, id: streamKey } = splitStream(streamId);
  const { actor = null, correlationId = null, causationId, commandId } = metadata;
  const causeId = causationId ?? effectIdIn(commandId);
  return { type: event.type, event, eventId, category, streamKey, revision, position, recordedAtMs, actor, causeId, correlationId };
}

/** The effects of processes are performed as commands that are named after them: `process-<name>-<key>/<revision>/<index>`, and a step. */
const EFFECT_ID = /^(process-[^/]+)\/(\d+)\/(\d+)(?=\/|$)/;

/** Where a process recorded that it wanted an effect. */
export type EffectPlace = { readonly streamId: string; readonly revision: number; readonly index: number };

/** Null: the text is no effect's id. */
export function effectPlace(id: string): EffectPlace | null {
  const [, streamId, revision, index] = EFFECT_ID.exec(id) ?? [];
  return streamId === undefined ? null : { streamId, revision: Number(revision), index: Number(index) };
}

const effectIdIn = (commandId: string | undefined): string | null => EFFECT_ID.exec(commandId ?? '')?.[0] ?? null;
