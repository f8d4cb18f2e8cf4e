import { createGatewayRuntime, type GatewayPlugin, type GatewayRuntime } from '@graphql-hive/gateway-runtime';
import { SlipwayError } from '@slipway/contracts';
import { isAsyncIterable, isPresentable, presentedResult, type CheckResult, type Logger } from '@slipway/service';
import { GraphQLError, type ExecutionResult } from 'graphql';
import type { QueryLimits } from '../config.js';
import { answerTimeoutPlugin } from '../limits/answer-timeout.plugin.js';
import { queryLimitsPlugin } from '../limits/query-limits.plugin.js';
import type { OpenSubscriptions } from '../subscriptions/open-subscriptions.js';
import { rewritePlugin } from '../rewrite/rewrite.plugin.js';
import { subscriptionsPlugin } from '../subscriptions/subscriptions.plugin.js';
import { RemoteSubgraph } from '../subgraphs/remote-subgraph.js';
import type { DoorContext } from './door-context.js';
import { withErrorPlaces } from './error-places.js';
import { GraphGenerations, type GraphLease } from './graph-generations.js';
import { GraphKeeper } from './graph-keeper.js';
import type { LastGoodGraph } from './last-good-graph.js';
import type { SubgraphSource } from './subgraph-source.js';
import { subgraphTransport } from './transport.js';

export const GRAPHQL_PATH = '/graphql';

export type GraphOptions = {
  readonly subgraphs: readonly SubgraphSource[];
  readonly queryLimits: QueryLimits;
  readonly answerTimeoutMs: number;
  readonly openSubscriptions: OpenSubscriptions;
  /** How often services are asked for their schema again. Absent: once, and a start without a graph fails. */
  readonly pollIntervalMs?: number;
  /** Keeps the last good graph for a start while a service is down. */
  readonly lastGood?: LastGoodGraph;
  readonly logger: Logger;
};

export type Graph = {
  /**
   * The graph that answers now, for one request or connection; it stays whole until left. `abandon` is called when it
   * cannot be kept any longer.
   * @throws SlipwayError UNAVAILABLE while there is none.
   */
  enter(abandon: (reason: Error) => void): GraphLease;
  /** Ready once there is a graph; the detail says what is wrong with it nonetheless. */
  check(): CheckResult;
  close(): Promise<void>;
};

/**
 * The federated graph. When it polls it may have none yet, and gets one as soon as every service told its schema.
 * @throws Error when it does not poll and a service does not answer, or the services do not compose.
 */
export async function startGraph(options: GraphOptions): Promise<Graph> {
  const generations = new GraphGenerations();
  const keeper = new GraphKeeper({
    subgraphs: options.subgraphs,
    lastGood: options.lastGood ?? null,
    take: async (supergraph) => generations.replace(await openRuntime(supergraph, options)),
    logger: options.logger,
  });
  const close = async (): Promise<void> => {
    const stopped = keeper.stop();
    // Also ends questions that nobody answers, which the keeper would wait for.
    for (const { reach } of options.subgraphs) if (reach instanceof RemoteSubgraph) reach.close();
    await stopped;
    await generations.close();
  };
  await keeper.round();
  if (options.pollIntervalMs !== undefined) keeper.poll(options.pollIntervalMs);
  else if (!keeper.hasGraph) {
    await close();
    throw new Error(`there is no graph: ${keeper.troubles.join('; ')}`);
  }
  return {
    enter(abandon) {
      const lease = generations.enter(abandon);
      if (lease === null) throw new SlipwayError('UNAVAILABLE', { what: whyNoGraph(keeper) });
      return lease;
    },
    check() {
      const { troubles } = keeper;
      if (!keeper.hasGraph) return { ready: false, detail: [whyNoGraph(keeper), ...troubles].join('; ') };
      return troubles.length === 0 ? { ready: true } : { ready: true, detail: `degraded, the last good graph answers: ${troubles.join('; ')}` };
    },
    close,
  };
}

function whyNoGraph({ missing }: GraphKeeper): string {
  return missing.length === 0 ? 'the graph, whose parts do not fit together,' : `the graph, which waits for ${missing.map((name) => `service ${name}`).join(' and ')},`;
}

/** Everything between a document and the services, over one supergraph. */
async function openRuntime(supergraph: string, options: GraphOptions): Promise<GatewayRuntime<DoorContext>> {
  const runtime = withoutSignalHandlers(() =>
    createGatewayRuntime<DoorContext>({
      supergraph,
      transports: { http: subgraphTransport(options.subgraphs, options.logger) },
      graphqlEndpoint: GRAPHQL_PATH,
      plugins: () => [
        rewritePlugin(),
        queryLimitsPlugin(options.queryLimits),
        subscriptionsPlugin(options.openSubscriptions),
        answerTimeoutPlugin(options.answerTimeoutMs),
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
  return runtime;
}

/** The last word on every error that leaves by HTTP. */
function presentPlugin(logger: Logger): GatewayPlugin {
  return {
    onExecutionResult({ result, setResult, context }) {
      if (result === undefined || (Array.isArray(result) && !isAsyncIterable(result))) return;
      const { requestId } = (context as unknown as DoorContext).slipway;
      if (isAsyncIterable(result)) return setResult(presentedResult(result, requestId, logger));
      const single = withErrorPlaces(result as ExecutionResult);
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
