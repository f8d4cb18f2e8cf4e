import { isSlipwayError } from '@slipway/contracts';
import type { ExecutionArgs, GraphQLSchema } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../logging/logger.js';
import { fromInternalHeaders } from '../request/internal-headers.js';
import { graphQLContext, type GraphQLContext } from '../request/request-context.js';
import { withHttpServerSpan } from '../telemetry/http-server-span.js';
import { toGraphQLError } from './graphql-error.js';
import { withOperationSpan, type TracedOperation } from './operation-span.js';
import { presentedResult } from './presented-result.js';

/** Operations the gateway may send in one HTTP request. */
const BATCH_OPERATIONS_MAX = 100;

/** GraphQL over HTTP and SSE for the gateway alone: whoever lacks the internal token gets 401 before anything is parsed. */
export function subgraphHttpHandler(
  subgraph: string,
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
    plugins: [executesAs(subgraph, logger)],
  });

  const answer = (request: IncomingMessage, response: ServerResponse): unknown => {
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
  return (request, response) => withHttpServerSpan(request, response, path, () => answer(request, response));
}

/** Resolvers see our context alone, not the HTTP server's, in a span of their operation. */
function executesAs(subgraph: string, logger: Logger): Plugin<{ signedIn: GraphQLContext }> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const operation = operationOf(subgraph, args as ExecutionArgs);
      setExecuteFn((given) => withOperationSpan(operation, (traced) => executeFn({ ...given, contextValue: graphQLContext(traced) }) as unknown));
      return { onExecuteDone: ({ result, setResult }) => setResult(presentedResult(result, operation.request.requestId, logger)) };
    },
    onSubscribe({ args, subscribeFn, setSubscribeFn }) {
      const operation = operationOf(subgraph, args as ExecutionArgs);
      setSubscribeFn((given) => withOperationSpan(operation, (traced) => subscribeFn({ ...given, contextValue: graphQLContext(traced) }) as unknown));
      return { onSubscribeResult: ({ result, setResult }) => setResult(presentedResult(result, operation.request.requestId, logger)) };
    },
  };
}

function operationOf(subgraph: string, { document, operationName, contextValue }: ExecutionArgs): TracedOperation {
  return { subgraph, document, operationName, request: (contextValue as { signedIn: GraphQLContext }).signedIn.request };
}

function refuse(response: ServerResponse, error: unknown, logger: Logger): void {
  const status = isSlipwayError(error) ? error.status : 400;
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ errors: [toGraphQLError(error, 'unknown', logger).toJSON()] }));
}
