import { createDefaultExecutor, type Executor, type Transport } from '@graphql-mesh/transport-common';
import { SlipwayError } from '@slipway/contracts';
import {
  currentTraceparent,
  graphQLContext,
  isPresentable,
  markFailed,
  presentedResult,
  toGraphQLError,
  toInternalHeaders,
  withOperationSpan,
  withSpan,
  type Logger,
  type RequestContext,
} from '@slipway/service';
import { GraphQLError, print, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { RemoteSubgraph } from '../subgraphs/remote-subgraph.js';
import { ofRootField, type DoorContext } from './door-context.js';
import type { SubgraphSource } from './subgraph-source.js';

/**
 * One transport for both shapes: a subgraph of this process is called directly, one of other processes over HTTP. The
 * supergraph is the same either way.
 */
export function subgraphTransport(sources: readonly SubgraphSource[], logger: Logger): Transport {
  return {
    getSubgraphExecutor(options) {
      // Composition upper-cases names.
      const source = sources.find(({ name }) => name.toLowerCase() === options.subgraphName.toLowerCase());
      if (source === undefined) throw new Error(`unknown subgraph ${options.subgraphName}`);
      return source.reach instanceof RemoteSubgraph ? remoteExecutor(source.reach, logger) : localExecutor(source.name, source.reach, logger);
    },
  };
}

function localExecutor(subgraph: string, schema: GraphQLSchema, logger: Logger): Executor {
  const execute = createDefaultExecutor(schema);
  return async (request) => {
    const { slipway } = request.context as unknown as DoorContext;
    const operation = { subgraph, document: request.document, operationName: request.operationName, request: ofRootField(slipway, request.info) };
    const result: unknown = await withOperationSpan(operation, (traced): unknown => execute({ ...request, context: graphQLContext(traced) }));
    return presentedResult(result, slipway.requestId, logger) as never;
  };
}

/** Each request says who asks; an abandoned one is abandoned all the way down. */
function remoteExecutor(remote: RemoteSubgraph, logger: Logger): Executor {
  return (request) => {
    const { slipway } = request.context as unknown as DoorContext;
    const kind = request.operationType ?? 'query';
    const attributes = { 'graphql.operation.type': kind, 'slipway.subgraph': remote.name, 'slipway.request.id': slipway.requestId };
    const parent = currentTraceparent() ?? slipway.traceparent;
    return withSpan(`graphql ${remote.name}`, { kind: 'client', attributes, parent }, (span) => asked(request as never, slipway, kind, (cause) => markFailed(span, cause))) as never;
  };

  async function asked(request: Parameters<Executor>[0], slipway: RequestContext, kind: 'query' | 'mutation' | 'subscription', failed: (cause: unknown) => void): Promise<unknown> {
    const { signal } = slipway;
    const headers = toInternalHeaders(ofRootField(slipway, request.info), remote.internalToken);
    const operation = { query: print(request.document), variables: request.variables, headers, signal };
    const broken = (cause: unknown): ExecutionResult => {
      failed(cause);
      return unavailable(remote.name, slipway, logger, cause);
    };
    try {
      if (kind === 'subscription') return await remote.subscribe(operation, broken);
      const result = await remote.ask({ ...operation, kind });
      const stray = result.errors?.find((error) => !isPresentable(error));
      return stray === undefined ? result : broken(stray);
    } catch (error) {
      return broken(error);
    }
  }
}

/** A service that cannot be reached is not the asker's fault and not a secret, but how it failed is our business only. */
function unavailable(name: string, { requestId, signal }: RequestContext, logger: Logger, cause: unknown): ExecutionResult {
  const reason = cause instanceof Error ? cause.message : String(cause);
  // Whoever left, or whose time was up, broke it off: that is no news of the service.
  if (signal?.aborted !== true) logger.warn({ event: 'subgraph.unavailable', subgraph: name, requestId, reason }, 'subgraph unavailable');
  const error = toGraphQLError(new SlipwayError('UNAVAILABLE', { what: `service ${name}` }), requestId, logger);
  return { errors: [new GraphQLError(error.message, { extensions: error.extensions })] };
}
