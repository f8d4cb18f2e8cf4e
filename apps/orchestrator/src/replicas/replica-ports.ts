import type { HealthCheck } from '@slipway/domain';
import type { EventLog } from '@slipway/event-log';
import type { EngineOutcome, Placement, ReplicaRuntime } from '@slipway/runtimes';
import type { Logger } from '@slipway/service';

/** What a replica is to run. */
export type LaunchPlan = {
  readonly healthCheck: HealthCheck | null;
  /** What kind of engine it is. */
  readonly runtimeVariant: string;
  /** Every text it is told that nobody else may read. Null: one of them is gone from the secret store. */
  readonly secrets: () => Promise<readonly string[] | null>;
  readonly command: (placement: Placement) => Promise<EngineOutcome>;
};

/** Which proxies still send, or have running, requests to a replica. */
export type DrainWatch = {
  /** `drained` once every living proxy follows the log up to `position` and none has a request running on the replica. */
  drainState(replicaId: string, position: number): { readonly drained: boolean; readonly inFlight: number };
  /** Called whenever a report may have changed an answer. Returns how to stop. */
  onChange(listener: () => void): () => void;
};

export type ReplicaPorts = {
  readonly log: EventLog;
  readonly runtime: ReplicaRuntime;
  readonly planLaunch: (deploymentId: string, revisionId: string, replicaId: string) => Promise<LaunchPlan>;
  readonly drains: DrainWatch;
  readonly nowMs: () => number;
  readonly logger: Logger;
};
