import { createGatewayRuntime, type GatewayPlugin, type GatewayRuntime } from '@graphql-hive/gateway-runtime';
import { isAsyncIterable, isPresentable, presentedResult, toInternalHeaders, type Logger } from '@slipway/service';
import { GraphQLError, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { QueryLimits } from '../config.js';
import { answerTimeoutPlugin } from '../limits/answer-timeout.plugin.js';
import { queryLimitsPlugin } from '../limits/query-limits.plugin.js';
import type { OpenSubscriptions } from '../subscriptions/open-subscriptions.js';
import { subscriptionsPlugin } from '../subscriptions/subscriptions.plugin.js';
import { composeGraph } from './compose-graph.js';
import { ofRootField, type DoorContext } from './door-context.js';
import type { SubgraphSource } from './subgraph-source.js';
import { subgraphTransport } from './transport.js';

export const GRAPHQL_PATH = '/graphql';

export type GraphOptions = {
  readonly subgraphs: readonly SubgraphSource[];
  /** Shown to subgraphs of other processes. */
  readonly internalToken: string | null;
  readonly queryLimits: QueryLimits;
  readonly answerTimeoutMs: number;
  readonly openSubscriptions: OpenSubscriptions;
  /** How often subgraphs are asked for their schema again; a graph that does not compose leaves the last good one. Absent: once. */
  readonly pollIntervalMs?: number;
  readonly logger: Logger;
};

export type Graph = {
  readonly runtime: GatewayRuntime<DoorContext>;
  schema(): Promise<GraphQLSchema>;
  close(): Promise<void>;
};

/**
 * The federated graph, composed and ready.
 * @throws Error when a subgraph does not answer or the subgraphs do not compose.
 */
export async function startGraph(options: GraphOptions): Promise<Graph> {
  // Composed here first: the runtime would report a failure without its reason.
  const first = await composeGraph(options.subgraphs);
  let isFirst = true;
  const runtime = withoutSignalHandlers(() =>
    createGatewayRuntime<DoorContext>({
      supergraph: () => {
        const composed = isFirst ? Promise.resolve(first) : composeGraph(options.subgraphs);
        isFirst = false;
        return composed;
      },
      ...(options.pollIntervalMs === undefined ? {} : { pollingInterval: options.pollIntervalMs }),
      gracefulSchemaReload: { drainTimeout: options.answerTimeoutMs },
      transports: { http: subgraphTransport(options.subgraphs, options.logger) },
      graphqlEndpoint: GRAPHQL_PATH,
      plugins: () => [
        queryLimitsPlugin(options.queryLimits),
        subscriptionsPlugin(options.openSubscriptions),
        answerTimeoutPlugin(options.answerTimeoutMs),
        internalHeadersPlugin(options.internalToken),
        presentPlugin(options.logger),
      ],
      maskedErrors: false,
      subgraphErrors: false,
      requestId: false,
      graphiql: false,
      landingPage: false,
      cors: false,
      multipart: false,
      logging: false,
    }),
  );
  await runtime.getSchema();
  return {
    runtime,
    schema: async () => runtime.getSchema(),
    close: async () => {
      await runtime[Symbol.asyncDispose]();
    },
  };
}

/** Calls to other processes say who asks, and prove that the gateway says so. */
function internalHeadersPlugin(internalToken: string | null): GatewayPlugin {
  return {
    onFetch({ context, options, setOptions, executionRequest }) {
      const slipway = (context as Partial<DoorContext>).slipway;
      if (internalToken === null || slipway === undefined) return;
      const vouched = toInternalHeaders(ofRootField(slipway, executionRequest?.info), internalToken);
      setOptions({ ...options, headers: { ...(options.headers as Record<string, string>), ...vouched } });
    },
  };
}

/** The last word on every error that leaves by HTTP. */
function presentPlugin(logger: Logger): GatewayPlugin {
  return {
    onExecutionResult({ result, setResult, context }) {
      if (result === undefined || (Array.isArray(result) && !isAsyncIterable(result))) return;
      const { requestId } = (context as unknown as DoorContext).slipway;
      if (isAsyncIterable(result)) return setResult(presentedResult(result, requestId, logger));
      const single = result as ExecutionResult;
      const presented = presentedResult({ ...single, errors: single.errors?.map(ofHttpLayer) } as ExecutionResult, requestId, logger);
      setResult(presented.data === undefined ? { ...presented, errors: presented.errors?.map(withHttpStatus) } as never : presented);
    },
  };
}

/** What the HTTP layer itself refuses, such as a mutation by GET, carries a status and a code that says nothing. */
function ofHttpLayer(error: GraphQLError): GraphQLError {
  const { http } = error.extensions;
  if (http === undefined || isPresentable(error) || error.originalError != null) return error;
  return new GraphQLError(error.message, { extensions: { code: 'GRAPHQL_BAD_REQUEST', http } });
}

/** A request refused as a whole says so in its HTTP status too; the layer below takes it from here and removes it. */
function withHttpStatus(error: GraphQLError): GraphQLError {
  const { http, status } = error.extensions;
  if (http !== undefined || typeof status !== 'number') return error;
  return new GraphQLError(error.message, { extensions: { ...error.extensions, http: { status } } });
}

/** The runtime listens for signals and then drops what it is doing. When to end is the process's decision. */
function withoutSignalHandlers<T>(make: () => T): T {
  const events = ['SIGINT', 'SIGTERM', 'exit'] as const;
  const before = events.map((event) => new Set(process.listeners(event as 'SIGINT')));
  const made = make();
  events.forEach((event, index) => {
    for (const listener of process.listeners(event as 'SIGINT')) {
      if (before[index]?.has(listener) === false) process.removeListener(event, listener);
    }
  });
  return made;
}
