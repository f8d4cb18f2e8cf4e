import type { Route } from '@slipway/domain';
import type { Exchange, FlatHeaders } from './forward-engine.js';
import type { LiveReplica } from './live-replicas.js';
import type { InferenceName } from './openai-routes.js';

/** What the data plane tells of its requests where they are traced; where they are not, there is none of this. */
export type RequestTraces = {
  /** Of a request that was let in. */
  begin(exchange: Pick<Exchange, 'method' | 'headers'>, operation: InferenceName, requestId: string): RequestTrace;
};

export type RequestTrace = {
  /** The deployment it is for; said again at every try. */
  routed(route: Route): void;
  /** Given to a replica; changes the headers that one is sent, so that it can go on with the trace. */
  given(live: LiveReplica, attempt: number, headers: FlatHeaders): FlatHeaders;
  /** Ended at the replica; `failure` is null when the answer was passed on whole. Status 0: none came. */
  takenBack(status: number, failure: string | null): void;
  /** Over, with the status the client was sent (0: it left) and, when that was a refusal of ours, its name. */
  end(status: number, refusal: string | null): void;
};
