import type { CanaryStep, DeploymentStrategy } from '@slipway/domain';
import type { Resolvers } from '@slipway/service';

/** How a strategy is shown. */
export const strategyResolvers: Resolvers = {
  DeploymentStrategy: {
    config: ({ type, config }: DeploymentStrategy) => ({ __typename: CONFIG_TYPES[type], ...configAsGiven({ type, config } as DeploymentStrategy) }),
    configJSON: (strategy: DeploymentStrategy) => JSON.stringify(configAsGiven(strategy)),
  },
  BlueGreenConfig: { analysis: asText('analysis') },
  CanaryConfig: { analysis: asText('analysis'), steps: asText('steps') },
};

const CONFIG_TYPES = { ROLLING: 'RollingConfig', BLUE_GREEN: 'BlueGreenConfig', CANARY: 'CanaryConfig' } as const;

/** Under the names a client writes it with (S1.88 to S1.90); what was not given is not there. */
function configAsGiven({ type, config }: DeploymentStrategy): object {
  switch (type) {
    case 'ROLLING':
      return config;
    case 'BLUE_GREEN': {
      const { terminationWaitTimeSeconds: terminationWaitTime, ...rest } = config;
      return { ...rest, terminationWaitTime };
    }
    case 'CANARY': {
      const { canaryPercentage, canaryDuration, successThresholdPercent: successThreshold, terminationWaitTimeSeconds, steps, ...rest } = config;
      const given = steps === undefined ? { canaryPercentage, canaryDuration, successThreshold } : { steps: steps.map(stepAsGiven) };
      return { ...given, ...rest, ...(terminationWaitTimeSeconds !== undefined && { terminationWaitTime: terminationWaitTimeSeconds }) };
    }
  }
}

function stepAsGiven(step: CanaryStep): object {
  switch (step.type) {
    case 'setWeight':
      return { setWeight: step.weightPercent };
    case 'setMirror':
      return { setMirror: step.percent };
    case 'setCanaryScale':
      return { setCanaryScale: { replicas: step.replicas } };
    case 'pause':
      return { pause: step.durationMs === null ? {} : { duration: `${step.durationMs / 1000}s` } };
    case 'analysis':
      return { analysis: step.policy };
  }
}

function asText(field: string): (config: Readonly<Record<string, unknown>>) => string | null {
  return (config) => (config[field] === undefined ? null : JSON.stringify(config[field]));
}
