import type { Resolvers } from '@slipway/service';
import { fleetResolvers } from './fleet.resolvers.js';
import { replicaResolvers } from './replica.resolvers.js';
import type { ResolverPorts } from './resolver-ports.js';
import { subscriptionResolvers } from './subscription.resolvers.js';

export const orchestratorResolvers = (using: ResolverPorts): Resolvers => ({
  ...fleetResolvers(using),
  ...replicaResolvers(using),
  ...subscriptionResolvers(using),
});
