import { SlipwayError } from '@slipway/contracts';
import { diffRevisions, type RevisionChange } from '@slipway/domain';
import type { GraphQLContext, Resolvers } from '@slipway/service';
import { readCursor, writeCursor } from '../read-models/list-cursor.js';
import type { DeploymentFilter, RevisionFilter } from '../read-models/listed-rows.js';
import { checkFirst, type Page, type PageArguments } from './page.js';
import { deploymentLoader, revisionView, type DeploymentView, type ResolverPorts, type RevisionView } from './resolver-ports.js';

type Direction = 'ASC' | 'DESC';
type DeploymentsArguments = PageArguments & {
  readonly filter?: DeploymentFilter | null;
  readonly orderBy?: { readonly field: keyof typeof DEPLOYMENT_COLUMNS; readonly direction: Direction } | null;
};
type RevisionsArguments = PageArguments & {
  readonly filter?: RevisionFilter | null;
  readonly orderBy?: { readonly field: keyof typeof REVISION_COLUMNS; readonly direction: Direction } | null;
};
/** `totalCount` is counted only when it is asked for. */
type Counted<T> = Page<T> & { readonly totalCount: () => Promise<number> };

const DEPLOYMENT_COLUMNS = { CREATED_AT: 'createdAtMs', UPDATED_AT: 'updatedAtMs', NAME: 'name' } as const;
const REVISION_COLUMNS = { CREATED_AT: 'createdAtMs', REVISION_NUMBER: 'number' } as const;
const NEWEST_FIRST = { field: 'CREATED_AT', direction: 'DESC' } as const;
const ID_CHARACTERS_SHOWN = 120;

export function listingResolvers(using: ResolverPorts): Resolvers {
  const { reads } = using;

  const existing = async (id: string, context: GraphQLContext): Promise<RevisionView> => {
    const found = await revisionView(using, id, context);
    if (found === null) throw new SlipwayError('REVISION_NOT_FOUND', { revisionId: id.slice(0, ID_CHARACTERS_SHOWN), ofDeployment: '' });
    return found;
  };

  return {
    Query: {
      deploymentsConnection: async (_: unknown, given: DeploymentsArguments): Promise<Counted<DeploymentView>> => {
        const { field, direction } = given.orderBy ?? NEWEST_FIRST;
        const { filter, column, first, after } = readPage(given, DEPLOYMENT_COLUMNS[field]);
        const found = await reads.deployments({ filter, orderBy: column, direction, limit: first + 1, offset: 0, after });
        const views = found.map((state): DeploymentView => ({ state, atMs: null }));
        const cursor = ({ state }: DeploymentView): string => writeCursor(column, { value: state[column], key: state.deploymentId });
        return { ...pageOf(views, first, after !== null, cursor), totalCount: () => reads.countDeployments(filter) };
      },
      revisionsConnection: async (_: unknown, given: RevisionsArguments, context: GraphQLContext): Promise<Counted<RevisionView>> => {
        const { field, direction } = given.orderBy ?? NEWEST_FIRST;
        const { filter, column, first, after } = readPage(given, REVISION_COLUMNS[field]);
        const found = await reads.revisions({ filter, orderBy: column, direction, first: first + 1, after });
        const deployments = await Promise.all(found.map(({ deploymentId }) => deploymentLoader(using, context).load(deploymentId)));
        const views = found.map((revision, at): RevisionView => ({ revision, isActive: deployments[at]?.activeRevisionId === revision.revisionId }));
        const cursor = ({ revision }: RevisionView): string =>
          writeCursor(column, { value: column === 'number' ? revision.number : revision.atMs, key: revision.revisionId });
        return { ...pageOf(views, first, after !== null, cursor), totalCount: () => reads.countRevisions(filter) };
      },
      revisionDiff: async (_: unknown, given: { a: string; b: string }, context: GraphQLContext) => {
        const [a, b] = await Promise.all([existing(given.a, context), existing(given.b, context)]);
        const changes = diffRevisions(a.revision.spec, b.revision.spec);
        return { a, b, identical: changes.length === 0, changes };
      },
    },

    RevisionChange: {
      before: ({ before }: RevisionChange) => (before === undefined ? null : JSON.stringify(before)),
      after: ({ after }: RevisionChange) => (after === undefined ? null : JSON.stringify(after)),
    },
  };
}

function readPage<Filter extends object, Column extends string>(given: PageArguments & { readonly filter?: Filter | null }, column: Column) {
  const { filter, after } = given;
  return { filter: filter ?? ({} as Filter), column, first: checkFirst(given.first), after: after ? readCursor(column, after) : null };
}

/** `items` has one more than the page where there are further ones. */
function pageOf<T>(items: readonly T[], first: number, hasPreviousPage: boolean, cursor: (item: T) => string): Page<T> {
  const edges = items.slice(0, first).map((node) => ({ node, cursor: cursor(node) }));
  const [startCursor, endCursor] = [edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null];
  return { edges, pageInfo: { hasNextPage: items.length > first, hasPreviousPage, startCursor, endCursor } };
}
