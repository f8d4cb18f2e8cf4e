import { isSlipwayError } from '@slipway/contracts';
import type { GraphQLSchema } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../logging/logger.js';
import { fromInternalHeaders } from '../request/internal-headers.js';
import { graphQLContext, type GraphQLContext } from '../request/request-context.js';
import { toGraphQLError } from './graphql-error.js';
import { presentedResult } from './presented-result.js';

/** Operations the gateway may send in one HTTP request. */
const BATCH_OPERATIONS_MAX = 100;

/** GraphQL over HTTP and SSE for the gateway alone: whoever lacks the internal token gets 401 before anything is parsed. */
export function subgraphHttpHandler(
  schema: GraphQLSchema,
  path: string,
  internalToken: () => string | null,
  logger: Logger,
): (request: IncomingMessage, response: ServerResponse) => unknown {
  const yoga = createYoga<{ signedIn: GraphQLContext }>({
    schema,
    graphqlEndpoint: path,
    graphiql: false,
    landingPage: false,
    logging: false,
    maskedErrors: false,
    multipart: false,
    cors: false,
    batching: { limit: BATCH_OPERATIONS_MAX },
    plugins: [executesAs(logger)],
  });

  return (request, response) => {
    const left = new AbortController();
    response.once('close', () => left.abort());
    const header = (name: string): string | null => {
      const value = request.headers[name];
      return typeof value === 'string' ? value : null;
    };
    try {
      return yoga(request, response, { signedIn: graphQLContext(fromInternalHeaders(header, internalToken(), left.signal)) });
    } catch (error) {
      return refuse(response, error, logger);
    }
  };
}

/** Resolvers see our context alone, not the HTTP server's. */
function executesAs(logger: Logger): Plugin<{ signedIn: GraphQLContext }> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const { request } = (args.contextValue as { signedIn: GraphQLContext }).signedIn;
      setExecuteFn((given) => executeFn({ ...given, contextValue: graphQLContext(request) }) as unknown);
      return { onExecuteDone: ({ result, setResult }) => setResult(presentedResult(result, request.requestId, logger)) };
    },
    onSubscribe({ args, subscribeFn, setSubscribeFn }) {
      const { request } = (args.contextValue as { signedIn: GraphQLContext }).signedIn;
      setSubscribeFn((given) => subscribeFn({ ...given, contextValue: graphQLContext(request) }) as unknown);
      return { onSubscribeResult: ({ result, setResult }) => setResult(presentedResult(result, request.requestId, logger)) };
    },
  };
}

function refuse(response: ServerResponse, error: unknown, logger: Logger): void {
  const status = isSlipwayError(error) ? error.status : 400;
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ errors: [toGraphQLError(error, 'unknown', logger).toJSON()] }));
}
