import { createDefaultExecutor, type Executor, type Transport } from '@graphql-mesh/transport-common';
import { SlipwayError } from '@slipway/contracts';
import { graphQLContext, isPresentable, presentedResult, toGraphQLError, type Logger, type RequestContext } from '@slipway/service';
import { GraphQLError, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { ofRootField, type DoorContext } from './door-context.js';
import type { SubgraphSource } from './subgraph-source.js';

/**
 * One transport for both shapes: a subgraph of this process is called directly, one of another process over HTTP. The
 * supergraph is the same either way.
 */
export function subgraphTransport(sources: readonly SubgraphSource[], logger: Logger): Transport {
  return {
    async getSubgraphExecutor(options) {
      // Composition upper-cases names.
      const source = sources.find(({ name }) => name.toLowerCase() === options.subgraphName.toLowerCase());
      if (source === undefined) throw new Error(`unknown subgraph ${options.subgraphName}`);
      if (source.schema !== null) return localExecutor(source.schema, logger);
      const { default: http } = await import('@graphql-mesh/transport-http');
      return remoteExecutor(source.name, http.getSubgraphExecutor(options as never), logger);
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

function remoteExecutor(name: string, execute: Executor, logger: Logger): Executor {
  return async (request) => {
    const { slipway } = request.context as unknown as DoorContext;
    try {
      const result = (await execute(withSignal(request, slipway))) as ExecutionResult | AsyncIterable<unknown>;
      const unreachable = 'errors' in result && result.errors?.some((error) => !isPresentable(error));
      return unreachable === true ? unavailable(name, slipway, logger, result.errors) : (result as never);
    } catch (error) {
      return unavailable(name, slipway, logger, error);
    }
  };
}

/** An abandoned request is abandoned all the way down. */
function withSignal<T extends object>(request: T, { signal }: RequestContext): T {
  return signal === undefined ? request : { ...request, signal };
}

/** A service that cannot be reached is not the asker's fault and not a secret, but how it failed is our business only. */
function unavailable(name: string, { requestId }: RequestContext, logger: Logger, cause?: unknown): never {
  logger.warn({ event: 'subgraph.unavailable', subgraph: name, requestId, err: cause }, 'subgraph unavailable');
  const error = toGraphQLError(new SlipwayError('UNAVAILABLE', { what: `service ${name}` }), requestId, logger);
  return { errors: [new GraphQLError(error.message, { extensions: error.extensions })] } as never;
}
