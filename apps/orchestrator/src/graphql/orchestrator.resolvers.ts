import type { Resolvers } from '@slipway/service';
import { fleetResolvers } from './fleet.resolvers.js';
import { historyResolvers } from './history.resolvers.js';
import { logsResolvers } from './logs.resolvers.js';
import { replicaResolvers } from './replica.resolvers.js';
import type { HistoryPorts, LogPorts, ResolverPorts, RolloutPorts } from './resolver-ports.js';
import { rolloutResolvers } from './rollout.resolvers.js';
import { subscriptionResolvers } from './subscription.resolvers.js';

export function orchestratorResolvers(using: ResolverPorts & HistoryPorts & RolloutPorts & LogPorts): Resolvers {
  const replicas = replicaResolvers(using);
  const subscriptions = subscriptionResolvers(using);
  const history = historyResolvers(using);
  const rollouts = rolloutResolvers(using);
  const logs = logsResolvers(using);
  return {
    ...fleetResolvers(using),
    ...replicas,
    ...subscriptions,
    ...history,
    ...rollouts,
    ...logs,
    ModelReplica: { ...replicas['ModelReplica'], ...logs['ModelReplica'] },
    Query: { ...replicas['Query'], ...history['Query'], ...rollouts['Query'] },
    Subscription: { ...subscriptions['Subscription'], ...history['Subscription'], ...logs['Subscription'] },
  };
}
