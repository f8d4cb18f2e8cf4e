import { invalidInput, type FieldProblem } from '@slipway/contracts';
import { timelineRows, type EntityKind } from '@slipway/domain';
import { toEntries, type TimelineEntry } from './timeline-entries.js';
import type { TimelineQuery, TimelineReads } from './timeline-reads.js';

/** Entries in one answer. */
export const TIMELINE_PAGE_MAX = 500;
/** Names of facts in one filter. */
export const TIMELINE_TYPES_MAX = 100;

export type TimelineArguments = {
  readonly deploymentId: string;
  readonly filter?: {
    readonly types?: readonly string[] | null;
    readonly actor?: string | null;
    readonly from?: Date | null;
    readonly to?: Date | null;
    readonly entity?: { readonly kind: EntityKind; readonly id?: string | null } | null;
  } | null;
  readonly first?: number | null;
  readonly after?: string | null;
  readonly order?: 'ASC' | 'DESC' | null;
};

type Edge = { readonly node: TimelineEntry; readonly cursor: string };
export type TimelinePage = {
  readonly edges: readonly Edge[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly startCursor: string | null; readonly endCursor: string | null };
};

const DEFAULT_FIRST = 50;

/** A cursor stands for a place in the log, so what is written meanwhile moves no page. Throws INVALID_INPUT. */
export async function timelinePage(reads: TimelineReads, given: TimelineArguments): Promise<TimelinePage> {
  const { query, first } = readArguments(given);
  const rows = await reads.page({ ...query, limit: first + 1 });
  const entries = await toEntries(reads, rows.slice(0, first));
  const edges = entries.map((node) => ({ node, cursor: cursorOf(node.row.position) }));
  const pageInfo = {
    hasNextPage: rows.length > first,
    hasPreviousPage: query.after !== null,
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  };
  return { edges, pageInfo };
}

export const cursorOf = (position: number): string => Buffer.from(String(position)).toString('base64url');

function readArguments({ deploymentId, filter, first, after, order }: TimelineArguments): { readonly query: Omit<TimelineQuery, 'limit'>; readonly first: number } {
  const problems: FieldProblem[] = [];
  const size = first ?? DEFAULT_FIRST;
  if (size < 0 || size > TIMELINE_PAGE_MAX) problems.push({ field: 'first', problem: `is from 0 to ${TIMELINE_PAGE_MAX}` });
  const position = after === null || after === undefined ? null : readCursor(after);
  if (Number.isNaN(position)) problems.push({ field: 'after', problem: 'is no cursor of a timeline' });
  const { types, actor, from, to, entity } = filter ?? {};
  const unknown = types?.find((type) => !(timelineRows.types as readonly string[]).includes(type));
  if (types && types.length > TIMELINE_TYPES_MAX) problems.push({ field: 'filter.types', problem: `are at most ${TIMELINE_TYPES_MAX}` });
  else if (unknown !== undefined) problems.push({ field: 'filter.types', problem: `there is no fact of type ${JSON.stringify(unknown.slice(0, 60))}` });
  if (problems.length > 0) throw invalidInput(problems);
  const query = {
    deploymentId,
    filter: { types: types ?? null, actor: actor ?? null, fromMs: from?.getTime() ?? null, toMs: to?.getTime() ?? null, entity: entity ?? null },
    direction: order ?? 'DESC',
    after: position,
  };
  return { query, first: size };
}

/** NaN: it is none. */
function readCursor(cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString();
  return /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
}
