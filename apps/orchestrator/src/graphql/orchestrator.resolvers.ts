import type { Resolvers } from '@slipway/service';
import { fleetResolvers } from './fleet.resolvers.js';
import { historyResolvers } from './history.resolvers.js';
import { replicaResolvers } from './replica.resolvers.js';
import type { HistoryPorts, ResolverPorts } from './resolver-ports.js';
import { subscriptionResolvers } from './subscription.resolvers.js';

export function orchestratorResolvers(using: ResolverPorts & HistoryPorts): Resolvers {
  const replicas = replicaResolvers(using);
  const subscriptions = subscriptionResolvers(using);
  const history = historyResolvers(using);
  return {
    ...fleetResolvers(using),
    ...replicas,
    ...subscriptions,
    ...history,
    Query: { ...replicas['Query'], ...history['Query'] },
    Subscription: { ...subscriptions['Subscription'], ...history['Subscription'] },
  };
}
