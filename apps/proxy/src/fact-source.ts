import type { AccessEvent, DeploymentEvent, ReplicaEvent, StatusEvent } from '@slipway/domain';

/** The facts a routing table is made of. */
export type RoutingFact = DeploymentEvent | StatusEvent | ReplicaEvent | AccessEvent;

export type SourcedFact = {
  /** Of the log; grows from fact to fact. */
  readonly position: number;
  readonly streamId: string;
  readonly event: RoutingFact;
};

/** Everything up to this position has been passed; no route depended on it. */
export type PassedPosition = { readonly passed: number };

/** All that was in the log when the following began has been given. */
export type CaughtUp = 'caughtUp';

/** Where facts come from, in the order of the log. */
export type FactSource = {
  /** Facts after a position (0: from the beginning), then new ones as they come, until `signal` is aborted. May throw; may be called again. */
  follow(afterPosition: number, signal: AbortSignal): AsyncIterable<SourcedFact | PassedPosition | CaughtUp>;
};
