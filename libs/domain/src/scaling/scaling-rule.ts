import type { MetricValues } from '../metrics/metric-values.js';

/** What a rule looks at: a figure of each replica that takes requests. */
export type ScalingMetric = keyof MetricValues;

/** How the replicas' figures become the one that is compared. `p95` is the nearest rank. */
export type ScalingAggregate = 'avg' | 'min' | 'max' | 'sum' | 'p95';

/** When one deployment is to have more or fewer replicas. At least one threshold is given. */
export type ScalingRule = {
  readonly ruleId: string;
  readonly metric: ScalingMetric;
  readonly aggregate: ScalingAggregate;
  /** Below it: `stepSize` replicas fewer. */
  readonly minThreshold: number | null;
  /** Above it: `stepSize` replicas more. */
  readonly maxThreshold: number | null;
  readonly stepSize: number;
  /** After it changed something, a rule changes nothing for so long. */
  readonly cooldownMs: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly enabled: boolean;
};

export const SCALING_RULE_DEFAULTS = {
  aggregate: 'avg',
  minThreshold: null,
  maxThreshold: null,
  stepSize: 1,
  cooldownMs: 60_000,
  minReplicas: 1,
  maxReplicas: 10,
  enabled: true,
} as const satisfies Partial<ScalingRule>;

/** Figures that fall by themselves when the same work is spread over more replicas; of the others nothing is foretold. */
const SPREADS: Readonly<Record<ScalingMetric, boolean>> = {
  requestsRunning: true,
  requestsWaiting: true,
  kvCacheUsage: true,
  ttftP50Ms: false,
  ttftP95Ms: false,
  ttftP99Ms: false,
  tpotP50Ms: false,
  tpotP95Ms: false,
  tpotP99Ms: false,
  latencyP50Ms: false,
  latencyP95Ms: false,
  latencyP99Ms: false,
  promptTokensPerSecond: true,
  generationTokensPerSecond: true,
  prefixCacheHitRate: false,
  errorRate: false,
  successRate: false,
  requestsPerSecond: true,
  inFlight: true,
  cpuUtilization: true,
  memoryUsedBytes: false,
  gpuUtilization: true,
  gpuMemoryUsedBytes: false,
};

export const SCALING_METRICS = Object.keys(SPREADS) as readonly ScalingMetric[];
export const SCALING_AGGREGATES: readonly ScalingAggregate[] = ['avg', 'min', 'max', 'sum', 'p95'];

/** Whether what a rule compares falls in proportion to the number of replicas. A sum over all does not. */
export const spreads = ({ metric, aggregate }: Pick<ScalingRule, 'metric' | 'aggregate'>): boolean => aggregate !== 'sum' && SPREADS[metric];
