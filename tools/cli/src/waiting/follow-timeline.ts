import { TIMELINE, type TimelineEntry, type TimelineFilter } from '../commands/events.command.js';
import type { GraphClient } from '../graph/graph-client.js';
import type { Invocation } from '../invocation.js';
import { followChanges } from './follow-changes.js';

const PAGE_ROWS = 100;

/**
 * Each further fact that matches, once and in order, until somebody leaves: asked for by its place in the log, woken by
 * pushes. So none is missed or doubled while the connection, or the gateway, is away for a while.
 * @param after the cursor of the newest fact that is known; null: from the beginning.
 */
export async function* followTimeline({ machine }: Invocation, graph: GraphClient, deploymentId: string, filter: TimelineFilter, after: string | null): AsyncGenerator<TimelineEntry, void> {
  let cursor = after;
  const ask = async (): Promise<readonly TimelineEntry[]> => {
    const found: TimelineEntry[] = [];
    for (let hasNext = true; hasNext; ) {
      const { edges, pageInfo } = (await graph.ask(TIMELINE, { id: deploymentId, filter, first: PAGE_ROWS, after: cursor, order: 'ASC' })).deploymentTimeline;
      found.push(...edges.map(({ node }) => node));
      cursor = edges.at(-1)?.cursor ?? cursor;
      hasNext = pageInfo.hasNextPage;
    }
    return found;
  };
  for await (const entries of followChanges({ graph, deploymentId, machine, ask, limitMs: null, wasReached: true })) yield* entries;
}
