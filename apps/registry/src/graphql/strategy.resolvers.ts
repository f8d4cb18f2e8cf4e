import type { DeploymentStrategy } from '@slipway/domain';
import type { Resolvers } from '@slipway/service';

/** How a strategy is shown. */
export const strategyResolvers: Resolvers = {
  DeploymentStrategy: {
    config: configAsGiven,
    configJSON: (strategy: DeploymentStrategy) => JSON.stringify(configAsGiven(strategy)),
  },
  StrategyConfig: {
    __resolveType: (config: object) => ('maxSurge' in config ? 'RollingConfig' : 'canaryPercentage' in config ? 'CanaryConfig' : 'BlueGreenConfig'),
  },
};

/** Under the names a client writes it with (S1.89, S1.90). */
function configAsGiven({ type, config }: DeploymentStrategy): object {
  switch (type) {
    case 'ROLLING':
      return config;
    case 'BLUE_GREEN':
      return { autoPromotionEnabled: config.autoPromotionEnabled, terminationWaitTime: config.terminationWaitTimeSeconds };
    case 'CANARY': {
      const { canaryPercentage, canaryDuration, successThresholdPercent: successThreshold } = config;
      return { canaryPercentage, canaryDuration, successThreshold };
    }
  }
}
