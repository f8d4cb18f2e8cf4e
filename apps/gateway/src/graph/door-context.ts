import type { RequestContext } from '@slipway/service';
import type { GraphQLResolveInfo } from 'graphql';

/** What a door (HTTP or WebSocket) puts into the graph's context. */
export type DoorContext = {
  readonly slipway: RequestContext;
  /** The connection the request came by, for limits per connection. */
  readonly connection: object;
  /** Whether the client can take more than one result. */
  readonly acceptsStream: boolean;
  /** Ends whatever still works for this request. */
  readonly abandon: (reason: Error) => void;
};

/** The context of one request at a door: its signal is aborted when the client leaves or its time is up. */
export function doorContext(
  client: { readonly connection: object; readonly acceptsStream: boolean; readonly left: AbortSignal },
  request: (signal: AbortSignal) => RequestContext,
): DoorContext {
  const abandoned = new AbortController();
  return {
    slipway: request(AbortSignal.any([client.left, abandoned.signal])),
    connection: client.connection,
    acceptsStream: client.acceptsStream,
    abandon: (reason) => abandoned.abort(reason),
  };
}

/** Delegation forgets aliases, but the command id of a mutation is made of its response key: two of one name are two commands. */
export function ofRootField(request: RequestContext, info: Partial<GraphQLResolveInfo> | undefined): RequestContext {
  const isRootMutation = info?.operation?.operation === 'mutation' && info.path?.prev === undefined && info.path !== undefined;
  return isRootMutation ? { ...request, responseKey: String(info.path?.key) } : request;
}
