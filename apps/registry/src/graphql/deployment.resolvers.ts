import { invalidInput } from '@slipway/contracts';
import { configurationText, DEFAULT_STICKINESS } from '@slipway/domain';
import type { GraphQLContext, Resolvers } from '@slipway/service';
import { sha256Hex } from '../ids.js';
import { PAGE_ROWS_MAX, type DeploymentQuery } from '../read-models/registry-reads.js';
import { page, type PageArguments } from './page.js';
import { revisionLoader, type DeploymentView, type ResolverPorts, type RevisionView } from './resolver-ports.js';

type DeploymentsArguments = {
  readonly filter?: DeploymentQuery['filter'] | null;
  readonly orderBy?: Order | null;
  readonly order?: Order | null;
  readonly limit: number;
  readonly offset: number;
};
type Order = { readonly field: 'CREATED_AT' | 'UPDATED_AT' | 'NAME'; readonly direction: 'ASC' | 'DESC' };
type Reference = { readonly id: string; readonly instant: string };

const COLUMNS = { CREATED_AT: 'createdAtMs', UPDATED_AT: 'updatedAtMs', NAME: 'name' } as const;
const NOW = 'now';

export function deploymentResolvers(using: ResolverPorts): Resolvers {
  const { reads, ports } = using;

  const find = async (id: string, atMs: number | null): Promise<DeploymentView | null> => {
    const state = atMs === null ? await reads.deployment(id) : await reads.deploymentAt(id, atMs);
    return state === null ? null : { state, atMs };
  };

  /** In the light of this deployment, now or then, only its active revision is active. */
  const revision = async (view: DeploymentView, id: string | null, context: GraphQLContext): Promise<RevisionView | null> => {
    const found = id === null ? null : await revisionLoader(using, context).load(id);
    return found === null ? null : { revision: found, isActive: view.state.activeRevisionId === id };
  };
  const all = async (view: DeploymentView, ids: readonly string[], context: GraphQLContext): Promise<RevisionView[]> =>
    (await Promise.all(ids.map((id) => revision(view, id, context)))).filter((found) => found !== null);
  const newestFirst = ({ state }: DeploymentView): string[] =>
    Object.values(state.revisions)
      .sort((a, b) => b.number - a.number)
      .map(({ revisionId }) => revisionId);
  const defining = (view: DeploymentView, context: GraphQLContext): Promise<RevisionView | null> =>
    revision(view, view.state.activeRevisionId ?? newestFirst(view)[0] ?? null, context);

  return {
    Query: {
      deployment: (_: unknown, { id, asOf }: { id: string; asOf?: Date | null }) => find(id, asOf?.getTime() ?? null),
      deployments: async (_: unknown, given: DeploymentsArguments): Promise<DeploymentView[]> => {
        const order = given.orderBy ?? given.order ?? { field: 'CREATED_AT', direction: 'DESC' };
        const { limit, offset } = given;
        checkPage({ limit, offset });
        const query = { filter: given.filter ?? {}, orderBy: COLUMNS[order.field], direction: order.direction, limit, offset };
        return (await reads.deployments(query)).map((state) => ({ state, atMs: null }));
      },
    },

    ModelDeployment: {
      __resolveReference: ({ id, instant }: Reference) => find(id, instant === NOW ? null : Date.parse(instant)),
      id: ({ state }: DeploymentView) => state.deploymentId,
      instant: ({ atMs }: DeploymentView) => (atMs === null ? NOW : new Date(atMs).toISOString()),
      name: ({ state }: DeploymentView) => state.name,
      endpointUrl: ({ state }: DeploymentView) => (state.phase === 'living' ? `${ports.endpointBaseUrl}/v1` : null),
      preferredDomainName: ({ state }: DeploymentView) => state.preferredDomainName,
      openToPublic: ({ state }: DeploymentView) => state.openToPublic,
      tags: ({ state }: DeploymentView) => state.tags,
      revision: (view: DeploymentView, _: unknown, context) => revision(view, view.state.activeRevisionId, context),
      deployingRevision: (view: DeploymentView, _: unknown, context) => revision(view, view.state.pending?.revisionId ?? null, context),
      revisionHistory: (view: DeploymentView, _: unknown, context) => all(view, view.state.history.toReversed(), context),
      revisionHistoryConnection: async (view: DeploymentView, given: PageArguments & { orderBy?: HistoryOrder | null }, context) => {
        const history = await all(view, view.state.history, context);
        return page(sorted(history, given.orderBy ?? { field: 'CREATED_AT', direction: 'DESC' }), given, idOf);
      },
      revisions: async (view: DeploymentView, given: PageArguments, context) => {
        const { edges } = page(newestFirst(view), given, (id) => id);
        return all(view, edges.map(({ node }) => node), context);
      },
      deploymentStrategy: ({ state }: DeploymentView) => state.strategy,
      stickiness: ({ state }: DeploymentView) => (state.stickiness ?? DEFAULT_STICKINESS).toUpperCase(),
      clusterConfig: async (view: DeploymentView, _: unknown, context) => (await defining(view, context))?.revision.spec.clusterConfig,
      domain: ({ state }: DeploymentView) => ({ name: state.domain }),
      project: ({ state }: DeploymentView) => ({ id: state.project, name: state.project }),
      createdUser: ({ state }: DeploymentView) => ({ email: state.createdBy }),
      resourceGroup: async (view: DeploymentView, _: unknown, context) => ({
        name: (await defining(view, context))?.revision.spec.resourceConfig.resourceGroup,
      }),
      accessTokens: ({ state, atMs }: DeploymentView) =>
        atMs === null ? reads.accessTokens(state.deploymentId) : reads.accessTokensAt(state.deploymentId, atMs),
      configurationHash: ({ state }: DeploymentView) => sha256Hex(configurationText(state)),
      createdAt: ({ state }: DeploymentView) => new Date(state.createdAtMs),
      updatedAt: ({ state }: DeploymentView) => new Date(state.updatedAtMs),
    },
  };
}

type HistoryOrder = { readonly field: 'CREATED_AT' | 'REVISION_NUMBER'; readonly direction: 'ASC' | 'DESC' };
const idOf = ({ revision }: RevisionView): string => revision.revisionId;

function sorted(views: readonly RevisionView[], { field, direction }: HistoryOrder): RevisionView[] {
  const value = ({ revision }: RevisionView): number => (field === 'CREATED_AT' ? revision.atMs : revision.number);
  const ascending = [...views].sort((a, b) => value(a) - value(b) || a.revision.number - b.revision.number);
  return direction === 'ASC' ? ascending : ascending.reverse();
}

function checkPage({ limit, offset }: { limit: number; offset: number }): void {
  const problems = [];
  if (limit < 0 || limit > PAGE_ROWS_MAX) problems.push({ field: 'limit', problem: `is from 0 to ${PAGE_ROWS_MAX}` });
  if (offset < 0) problems.push({ field: 'offset', problem: 'is 0 or more' });
  if (problems.length > 0) throw invalidInput(problems);
}
