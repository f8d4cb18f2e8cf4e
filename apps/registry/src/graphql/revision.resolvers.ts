import { DEFAULT_DOMAIN, VARIANT_PROFILES, type EnvironValue, type JsonObject, type ModelRuntimeConfig, type VariantName } from '@slipway/domain';
import type { GraphQLContext, Resolvers } from '@slipway/service';
import type { RevisionFilter } from '../read-models/listed-rows.js';
import { SECRET_MASK } from '../revisions/environ.js';
import { checkFirst } from './page.js';
import { deploymentLoader, revisionView, type ResolverPorts, type RevisionView } from './resolver-ports.js';

type RevisionsArguments = {
  readonly filter?: RevisionFilter | null;
  readonly order?: { readonly field: 'CREATED_AT' | 'REVISION_NUMBER'; readonly direction: 'ASC' | 'DESC' } | null;
  readonly first?: number | null;
  readonly after?: string | null;
};

const COLUMNS = { CREATED_AT: 'createdAtMs', REVISION_NUMBER: 'number' } as const;
const jsonText = (value: JsonObject | null | undefined): string | null => (value ? JSON.stringify(value) : null);

export function revisionResolvers(using: ResolverPorts): Resolvers {
  const { reads } = using;
  return {
    Query: {
      revision: (_: unknown, { id }: { id: string }, context: GraphQLContext) => revisionView(using, id, context),
      revisions: async (_: unknown, { filter, order, first, after }: RevisionsArguments, context: GraphQLContext): Promise<RevisionView[]> => {
        const { field, direction } = order ?? { field: 'CREATED_AT', direction: 'DESC' };
        const query = { filter: filter ?? {}, orderBy: COLUMNS[field], direction, first: checkFirst(first), after: after ?? null };
        const found = await reads.revisions(query);
        const deployments = await Promise.all(found.map(({ deploymentId }) => deploymentLoader(using, context).load(deploymentId)));
        return found.map((revision, index) => ({ revision, isActive: deployments[index]?.activeRevisionId === revision.revisionId }));
      },
      runtimeVariants: () => Object.values(VARIANT_PROFILES),
    },

    ModelRevision: {
      __resolveReference: ({ id }: { id: string }, context: unknown) => revisionView(using, id, context as GraphQLContext),
      id: ({ revision }: RevisionView) => revision.revisionId,
      name: ({ revision }: RevisionView) => revision.name,
      tags: ({ revision }: RevisionView) => revision.tags,
      status: ({ isActive }: RevisionView) => (isActive ? 'ACTIVE' : 'INACTIVE'),
      revisionNumber: ({ revision }: RevisionView) => revision.number,
      address: async ({ revision }: RevisionView, _: unknown, context: GraphQLContext) => {
        const deployment = await deploymentLoader(using, context).load(revision.deploymentId);
        if (deployment === null) return null;
        const { domain, name } = deployment;
        return `${domain === DEFAULT_DOMAIN ? '' : `${domain}/`}${name}@${revision.number}`;
      },
      contentHash: ({ revision }: RevisionView) => revision.contentHash,
      deploymentId: ({ revision }: RevisionView) => revision.deploymentId,
      clusterConfig: ({ revision }: RevisionView) => revision.spec.clusterConfig,
      resourceConfig: ({ revision }: RevisionView) => {
        const { resourceGroup, slots, opts } = revision.spec.resourceConfig;
        return {
          resourceGroup: { name: resourceGroup },
          resourceSlots: { cpu: slots.cpu, mem: slots.mem.text, memBytes: slots.mem.bytes, extra: jsonText(slots.extra) },
          resourceOpts: opts === null ? null : { shmem: opts.shmem?.text ?? null, extra: jsonText(opts.extra) },
        };
      },
      modelRuntimeConfig: ({ revision }: RevisionView) => revision.spec.modelRuntimeConfig,
      modelVFolderConfig: ({ revision }: RevisionView) => {
        const { vfolderId, vfolderName, mountDestination, definitionPath } = revision.spec.modelVFolderConfig;
        return { vfolder: { id: vfolderId, name: vfolderName }, mountDestination, definitionPath };
      },
      modelDefinition: ({ revision }: RevisionView) => revision.spec.modelDefinition?.text ?? null,
      mounts: ({ revision }: RevisionView) => revision.spec.mounts,
      image: ({ revision }: RevisionView) => revision.spec.image,
      warnings: ({ revision }: RevisionView) => revision.warnings,
      createdUser: ({ revision }: RevisionView) => ({ email: revision.createdBy }),
      createdAt: ({ revision }: RevisionView) => new Date(revision.atMs),
    },

    ModelRevisionConnection: { nodes: ({ edges }: { edges: readonly { node: RevisionView }[] }) => edges.map(({ node }) => node) },

    ModelRuntimeConfig: {
      serviceConfig: ({ serviceConfig, profile }: ModelRuntimeConfig) =>
        serviceConfig === null ? null : { ...serviceConfig, extra: jsonText(serviceConfig.extra), variant: profile.name },
      serviceConfigJSON: ({ serviceConfig }: ModelRuntimeConfig) => (serviceConfig === null ? null : JSON.stringify(serviceConfig)),
      environ: ({ environ }: ModelRuntimeConfig) => JSON.stringify(maskSecrets(environ)),
    },
    ServiceConfig: { __resolveType: ({ variant }: { variant: VariantName }) => SERVICE_CONFIG_TYPES[variant] },
    RuntimeVariant: { healthCheckPath: ({ healthCheck }: { healthCheck: { path: string } | null }) => healthCheck?.path ?? null },
  };
}

const SERVICE_CONFIG_TYPES: Readonly<Record<VariantName, string>> = {
  vllm: 'VLLMServiceConfig',
  sglang: 'SGLANGServiceConfig',
  nim: 'NVIDIAServiceConfig',
  'modular-max': 'MOJOServiceConfig',
  'huggingface-tgi': 'CustomServiceConfig',
  custom: 'CustomServiceConfig',
  cmd: 'CustomServiceConfig',
  'llama.cpp': 'CustomServiceConfig',
  mock: 'CustomServiceConfig',
};

function maskSecrets(environ: Readonly<Record<string, EnvironValue>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environ).map(([name, value]) => [name, typeof value === 'string' ? value : SECRET_MASK]));
}
