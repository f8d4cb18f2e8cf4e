import { SlipwayError, streams } from '@slipway/contracts';
import { deploymentOf, timelineRows, toTimelineRow } from '@slipway/domain';
import type { EventLogReader } from '@slipway/event-log';
import { liveIterator } from '@slipway/service';
import { followed } from '../graphql/followed-facts.js';
import { deploymentSpec } from '../replicas/revision-facts.js';
import { summaryOf, type TimelineEntry } from './timeline-entries.js';
import { toDeploymentFact } from './timeline.projection.js';

const ID_CHARACTERS_SHOWN = 120;

/** Each fact of a deployment after a position of the log as it is recorded, once and in order. Ends with DEPLOYMENT_NOT_FOUND where there is none. */
export function timelineGrowth(log: EventLogReader, deploymentId: string, after: number): AsyncIterableIterator<TimelineEntry> {
  return liveIterator((push, end) => {
    const numbers = new Map<string, number>();
    const known = deploymentSpec(log, deploymentId).then((spec) => {
      if (spec === null) throw new SlipwayError('DEPLOYMENT_NOT_FOUND', { deploymentId: deploymentId.slice(0, ID_CHARACTERS_SHOWN) });
      for (const { revisionId, number } of Object.values(spec.revisions)) numbers.set(revisionId, number);
    });
    const filter = { after, types: timelineRows.types, streamPrefixes: streamPrefixes(deploymentId) };
    return followed(log, filter, known, end, (recorded) => {
      const fact = toDeploymentFact(recorded);
      if (deploymentOf(fact) !== deploymentId) return;
      if (fact.event.type === 'RevisionRegistered') numbers.set(fact.event.revisionId, fact.event.number);
      const row = toTimelineRow(fact);
      push({ row, summary: summaryOf(row, (revisionId) => numbers.get(revisionId) ?? null) });
    });
  });
}

/** Where its facts are; some of these hold others' too. */
const streamPrefixes = (deploymentId: string): readonly string[] => [
  streams.deployment(deploymentId),
  streams.status(deploymentId),
  streams.access(deploymentId),
  streams.replica(`${deploymentId}-`),
  streams.revision(''),
  streams.rollout(''),
  'name-',
];
