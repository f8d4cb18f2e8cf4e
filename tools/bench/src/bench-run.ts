import type { BenchConfig } from './config.js';
import type { Workshop } from './measuring/workshop.js';

/** What every part is given. */
export type BenchRun = {
  readonly config: BenchConfig;
  readonly workshop: Workshop;
  readonly rounds: number;
  /** Of one measurement in one round. */
  readonly seconds: number;
  /** Whose lives the cluster's log holds. */
  readonly deployments: number;
  /** Simulated in each round. */
  readonly rollouts: number;
  readonly progress: (text: string) => void;
};
