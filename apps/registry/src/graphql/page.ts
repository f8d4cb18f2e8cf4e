import { invalidInput } from '@slipway/contracts';
import { PAGE_ROWS_MAX } from '../read-models/registry-reads.js';

export type PageArguments = { readonly first?: number | null; readonly after?: string | null };

type Edge<T> = { readonly node: T; readonly cursor: string };
export type Page<T> = {
  readonly edges: readonly Edge<T>[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly startCursor: string | null; readonly endCursor: string | null };
};

const DEFAULT_FIRST = 50;

/**
 * A Relay page of a list that is at hand. The cursor stands for the item's own id, so a page stays put while items are
 * added; the id itself is taken as well, for lists that are answered without cursors.
 */
export function page<T>(items: readonly T[], { first, after }: PageArguments, idOf: (item: T) => string): Page<T> {
  const size = checkFirst(first);
  const start = after === null || after === undefined ? 0 : items.findIndex((item) => [idOf(item), cursorOf(idOf(item))].includes(after)) + 1;
  const edges = items.slice(start, start + size).map((node) => ({ node, cursor: cursorOf(idOf(node)) }));
  const pageInfo = {
    hasNextPage: start + size < items.length,
    hasPreviousPage: start > 0,
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  };
  return { edges, pageInfo };
}

export function checkFirst(first: number | null | undefined): number {
  const size = first ?? DEFAULT_FIRST;
  if (size < 0 || size > PAGE_ROWS_MAX) throw invalidInput([{ field: 'first', problem: `is from 0 to ${PAGE_ROWS_MAX}` }]);
  return size;
}

const cursorOf = (id: string): string => Buffer.from(id).toString('base64url');
