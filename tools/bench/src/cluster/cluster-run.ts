import type { LocalServer } from '@slipway/local-servers';
import type { BenchRun } from '../bench-run.js';
import type { RoundSamples } from '../measuring/round-samples.js';

/** What every step of the cluster's measurement is given. */
export type ClusterRun = BenchRun & {
  readonly servers: { readonly postgres: LocalServer; readonly nats: LocalServer };
  readonly samples: RoundSamples;
};
