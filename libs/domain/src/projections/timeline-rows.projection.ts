import type { JsonObject } from '../revision/revision-spec.js';
import { deploymentFactTypes } from '../timeline/fact-sentence.js';
import { shownFact } from '../timeline/shown-fact.js';
import { deploymentOf, entityOf, type EntityKind, type RecordedDeploymentFact } from '../timeline/timeline-fact.js';
import type { PureProjection } from './pure-projection.js';

/** One fact of a deployment. `data` is what may be shown of it: no hash of a token, no place of a secret. */
export type TimelineRow = {
  readonly deploymentId: string;
  readonly position: number;
  readonly eventId: string;
  readonly type: RecordedDeploymentFact['type'];
  readonly category: string;
  readonly streamKey: string;
  readonly entityKind: EntityKind;
  readonly entityId: string;
  readonly recordedAtMs: number;
  readonly actor: string | null;
  readonly causeId: string | null;
  readonly correlationId: string | null;
  readonly data: JsonObject;
};

export type TimelineColumns = Pick<TimelineRow, 'eventId' | 'type' | 'entityKind' | 'entityId' | 'recordedAtMs' | 'actor' | 'position'>;

/**
 * The timelines of all deployments, one row per fact. Keys are made so that one deployment's rows lie together in the order
 * of the log: a page is a range of keys, however long the timeline is.
 */
export const timelineRows: PureProjection<TimelineRow, RecordedDeploymentFact, TimelineColumns> = {
  name: 'timeline',
  version: 1,
  takes: 'recorded facts',
  types: deploymentFactTypes,
  keys: (fact) => [timelineKey(deploymentOf(fact), fact.position)],
  apply: (_row, fact) => toTimelineRow(fact),
  columns: ({ eventId, type, entityKind, entityId, recordedAtMs, actor, position }) => ({ eventId, type, entityKind, entityId, recordedAtMs, actor, position }),
};

/** Digits of the greatest safe integer: texts of positions then sort as the positions do. */
const POSITION_DIGITS = 16;

export const timelineKey = (deploymentId: string, position: number): string => `${deploymentId}/${String(position).padStart(POSITION_DIGITS, '0')}`;

export function toTimelineRow(fact: RecordedDeploymentFact): TimelineRow {
  const { event, type, eventId, category, streamKey, position, recordedAtMs, actor, causeId, correlationId } = fact;
  const { kind: entityKind, id: entityId } = entityOf(fact);
  const deploymentId = deploymentOf(fact);
  return { deploymentId, position, eventId, type, category, streamKey, entityKind, entityId, recordedAtMs, actor, causeId, correlationId, data: shownFact(event) };
}
