import { createDefaultExecutor, type Executor, type Transport } from '@graphql-mesh/transport-common';
import { SlipwayError } from '@slipway/contracts';
import { graphQLContext, isPresentable, presentedResult, toGraphQLError, toInternalHeaders, type Logger, type RequestContext } from '@slipway/service';
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
      return source.reach instanceof RemoteSubgraph ? remoteExecutor(source.reach, logger) : localExecutor(source.reach, logger);
    },
  };
}

function localExecutor(schema: GraphQLSchema, logger: Logger): Executor {
  const execute = createDefaultExecutor(schema);
  return async (request) => {
    const { slipway } = request.context as unknown as DoorContext;
    const result: unknown = await execute({ ...request, context: graphQLContext(ofRootField(slipway, request.info)) });
    return presentedResult(result, slipway.requestId, logger) as never;
  };
}

/** Each request says who asks; an abandoned one is abandoned all the way down. */
function remoteExecutor(remote: RemoteSubgraph, logger: Logger): Executor {
  return async (request) => {
    const { slipway } = request.context as unknown as DoorContext;
    const { signal } = slipway;
    const headers = toInternalHeaders(ofRootField(slipway, request.info), remote.internalToken);
    const operation = { query: print(request.document), variables: request.variables, headers, signal };
    const broken = (cause: unknown): ExecutionResult => unavailable(remote.name, slipway, logger, cause);
    const kind = request.operationType ?? 'query';
    try {
      if (kind === 'subscription') return (await remote.subscribe(operation, broken)) as never;
      const result = await remote.ask({ ...operation, kind });
      const stray = result.errors?.find((error) => !isPresentable(error));
      return (stray === undefined ? result : broken(stray)) as never;
    } catch (error) {
      return broken(error) as never;
    }
  };
}

/** A service that cannot be reached is not the asker's fault and not a secret, but how it failed is our business only. */
function unavailable(name: string, { requestId, signal }: RequestContext, logger: Logger, cause: unknown): ExecutionResult {
  const reason = cause instanceof Error ? cause.message : String(cause);
  // Whoever left, or whose time was up, broke it off: that is no news of the service.
  if (signal?.aborted !== true) logger.warn({ event: 'subgraph.unavailable', subgraph: name, requestId, reason }, 'subgraph unavailable');
  const error = toGraphQLError(new SlipwayError('UNAVAILABLE', { what: `service ${name}` }), requestId, logger);
  return { errors: [new GraphQLError(error.message, { extensions: error.extensions })] };
}
