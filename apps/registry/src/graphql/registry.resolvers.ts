import type { Resolvers } from '@slipway/service';
import { deploymentResolvers } from './deployment.resolvers.js';
import { listingResolvers } from './listing.resolvers.js';
import { mutationResolvers } from './mutation.resolvers.js';
import type { ResolverPorts } from './resolver-ports.js';
import { revisionResolvers } from './revision.resolvers.js';
import { strategyResolvers } from './strategy.resolvers.js';

export function registryResolvers(using: ResolverPorts): Resolvers {
  const deployments = deploymentResolvers(using);
  const revisions = revisionResolvers(using);
  const listing = listingResolvers(using);
  const mutations = mutationResolvers(using);
  return { ...deployments, ...strategyResolvers, ...revisions, ...mutations, ...listing, Query: { ...deployments['Query'], ...revisions['Query'], ...listing['Query'] } };
}
