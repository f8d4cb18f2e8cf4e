import { invalidInput, SlipwayError, type ErrorCode } from '@slipway/contracts';
import type { Entity, EntityKind } from '@slipway/domain';
import type { GraphQLContext, Resolvers } from '@slipway/service';
import { explain, type Explanation, type ExplanationLink } from '../history/explanation.js';
import type { TimelineEntry } from '../history/timeline-entries.js';
import { timelineGrowth } from '../history/timeline-growth.js';
import { timelinePage, type TimelineArguments } from '../history/timeline-page.js';
import { nowIn } from './followed-facts.js';
import type { HistoryPorts } from './resolver-ports.js';

/** How long an answer waits for rows of what was recorded before it was asked for; then it tells what is there. */
export const HISTORY_CATCH_UP_MS = 500;
const ID_CHARACTERS_SHOWN = 120;

export function historyResolvers({ log, timeline, waitFor, nowMs }: HistoryPorts): Resolvers {
  const caughtUp = async (): Promise<void> => void (await waitFor(await log.head(), HISTORY_CATCH_UP_MS));
  return {
    Query: {
      deploymentTimeline: async (_: unknown, given: TimelineArguments) => {
        await caughtUp();
        const page = await timelinePage(timeline, given);
        if (page.edges.length === 0 && !(await timeline.exists(given.deploymentId))) throw notFound({ kind: 'DEPLOYMENT', id: given.deploymentId });
        return page;
      },
      explain: async (_: unknown, { entity, at }: { entity: Entity; at?: Date | null }) => {
        await caughtUp();
        const explanation = await explain({ log, timeline }, entity, at?.getTime() ?? nowMs());
        if (explanation !== null) return explanation;
        if ((await timeline.lastOf(entity, Number.MAX_SAFE_INTEGER)) === null) throw notFound(entity);
        throw invalidInput([{ field: 'at', problem: 'lies before anything happened to it' }]);
      },
    },

    Subscription: {
      deploymentTimelineGrew: {
        subscribe: async (_: unknown, { deploymentId }: { deploymentId: string }, { request }: GraphQLContext) => timelineGrowth(log, deploymentId, await nowIn(log, request.signal)),
        resolve: (entry: TimelineEntry) => entry,
      },
    },

    TimelineEntry: {
      id: ({ row }: TimelineEntry) => row.eventId,
      position: ({ row }: TimelineEntry) => row.position,
      type: ({ row }: TimelineEntry) => row.type,
      entity: ({ row }: TimelineEntry): Entity => ({ kind: row.entityKind, id: row.entityId }),
      at: ({ row }: TimelineEntry) => new Date(row.recordedAtMs),
      actor: ({ row }: TimelineEntry) => row.actor,
      causeId: ({ row }: TimelineEntry) => row.causeId,
      correlationId: ({ row }: TimelineEntry) => row.correlationId,
      data: ({ row }: TimelineEntry) => JSON.stringify(row.data),
    },
    Explanation: {
      at: ({ atMs }: Explanation) => new Date(atMs),
      complete: ({ isComplete }: Explanation) => isComplete,
    },
    ExplanationOrigin: { at: ({ atMs }: NonNullable<Explanation['origin']>) => new Date(atMs) },
    ExplanationLink: { at: ({ atMs }: ExplanationLink) => new Date(atMs) },
  };
}

function notFound({ kind, id }: Entity): Error {
  const shown = id.slice(0, ID_CHARACTERS_SHOWN);
  return new SlipwayError(NOT_FOUND[kind], { deploymentId: shown, revisionId: shown, rolloutId: shown, replicaId: shown, tokenId: shown, ofDeployment: '' });
}

const NOT_FOUND = {
  DEPLOYMENT: 'DEPLOYMENT_NOT_FOUND',
  REVISION: 'REVISION_NOT_FOUND',
  ROLLOUT: 'ROLLOUT_NOT_FOUND',
  REPLICA: 'REPLICA_NOT_FOUND',
  TOKEN: 'TOKEN_NOT_FOUND',
} as const satisfies Record<EntityKind, ErrorCode>;
