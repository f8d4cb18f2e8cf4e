import { factSentence, type DeploymentFact, type JsonObject, type TimelineRow } from '@slipway/domain';
import type { TimelineReads } from './timeline-reads.js';

/** A fact as people are told of it. */
export type TimelineEntry = { readonly row: TimelineRow; readonly summary: string };

/** Sentences name revisions by their numbers, which are looked up for all rows at once. */
export async function toEntries(reads: TimelineReads, rows: readonly TimelineRow[]): Promise<readonly TimelineEntry[]> {
  const numbers = await reads.revisionNumbers([...new Set(rows.flatMap(({ data }) => revisionsIn(data)))]);
  return rows.map((row) => ({ row, summary: summaryOf(row, (revisionId) => numbers.get(revisionId) ?? null) }));
}

export function summaryOf(row: TimelineRow, revisionNumber: (revisionId: string) => number | null): string {
  const { type, data, actor, deploymentId, streamKey } = row;
  return factSentence({ ...data, type } as unknown as DeploymentFact, { actor, deploymentId, streamKey, revisionNumber });
}

function revisionsIn({ revisionId, targetRevisionId, weights }: JsonObject): readonly string[] {
  const weighted = Array.isArray(weights) ? (weights as readonly JsonObject[]).map((weight) => weight['revisionId']) : [];
  return [revisionId, targetRevisionId, ...weighted].filter((id) => typeof id === 'string');
}
