import { invalidInput } from '@slipway/contracts';
import { isAsyncIterable, JSON_DEPTH_MAX, parseTraceparent, presentedResult, requestContext, toGraphQLError, withSpan, type Logger } from '@slipway/service';
import { getOperationAST, type DocumentNode, type ExecutionArgs, type ExecutionResult, type GraphQLError, type GraphQLSchema } from 'graphql';
import { CloseCode, type Context, type SubscribePayload } from 'graphql-ws';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import type { DoorLimits } from '../config.js';
import { doorContext, type DoorContext } from '../graph/door-context.js';
import { withErrorPlaces } from '../graph/error-places.js';
import { GRAPHQL_PATH, type Graph } from '../graph/graph-runtime.js';
import { checkedOperation } from './request-body.js';
import { targetOf } from './request-target.js';
import { RunningOperations } from './running-operations.js';
import { signedInAs, type Authenticate } from './sign-in.js';
import { tooComplex } from '../limits/query-limits.plugin.js';

export type WebSocketDoorOptions = {
  readonly graph: Graph;
  readonly authenticate: Authenticate;
  readonly limits: DoorLimits;
  readonly logger: Logger;
};

export type WebSocketDoor = {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Waits for running operations, at most `timeoutMs`; then every client gets a close frame (1001). */
  close(timeoutMs: number): Promise<void>;
};

/** How often closing looks whether operations still run, in milliseconds. */
const DRAIN_CHECK_INTERVAL_MS = 10;

type Connection = Context<Record<string, unknown> | undefined, Extra & { actor?: string }>;
/** What the graph's runtime makes of one request; its own types say `any`. */
type Enveloped = {
  readonly schema: GraphQLSchema;
  parse(query: string): DocumentNode;
  validate(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[];
  contextFactory(): unknown;
  execute(args: ExecutionArgs): unknown;
  subscribe(args: ExecutionArgs): unknown;
};
type Operation = ExecutionArgs & { readonly run: (args: ExecutionArgs) => unknown; readonly requestId: string; readonly traceparent: string | null };

/** GraphQL over WebSocket (graphql-transport-ws). Clients sign in by `connectionParams.authorization` or the header. */
export function websocketDoor({ graph, authenticate, limits, logger }: WebSocketDoorOptions): WebSocketDoor {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.bodyBytesMax, clientTracking: true });
  const running = new RunningOperations();
  const run = (args: ExecutionArgs): Promise<never> => presentedRun(args as Operation, logger);
  const server = useServer<Record<string, unknown> | undefined, { actor?: string }>(
    {
      connectionInitWaitTimeout: limits.signInTimeoutMs,
      isProd: true,
      onConnect: (connection) => {
        const params = connection.connectionParams ?? {};
        const authorization = params['authorization'] ?? params['Authorization'] ?? connection.extra.request.headers.authorization;
        const actor = signedInAs(authorization, authenticate);
        if (actor === null) {
          // 4401 rather than the library's 4403, which clients take for worth a retry.
          connection.extra.socket.close(CloseCode.Unauthorized, 'UNAUTHENTICATED');
          return false;
        }
        connection.extra.actor = actor;
        return true;
      },
      onSubscribe: (connection, _id, payload) => {
        const { operationsPerConnectionMax } = limits;
        if (Object.keys(connection.subscriptions).length > operationsPerConnectionMax) {
          return [toGraphQLError(tooComplex('operationsPerConnectionMax', operationsPerConnectionMax), randomUUID(), logger)];
        }
        const left = running.begin(payload, connection.extra.socket);
        const enter: Graph['enter'] = (abandon) => {
          const lease = graph.enter(abandon);
          running.hold(payload, lease);
          return lease;
        };
        return prepared(connection as Connection, payload, { left, enter, logger });
      },
      onError: (_connection, _id, payload) => running.end(payload),
      onComplete: (_connection, _id, payload) => running.end(payload),
      execute: run,
      subscribe: run,
    },
    sockets,
  );
  sockets.on('connection', (client) => {
    // The library prints to the console what a client did wrong; that belongs in the log. The close code stays.
    client.removeAllListeners('error');
    client.on('error', (error) => logger.info({ event: 'websocket.failed', reason: error.message }, 'websocket failed'));
  });
  return {
    upgrade(request, socket, head) {
      if (targetOf(request).path !== GRAPHQL_PATH) {
        socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
    },
    close: async (timeoutMs) => {
      const deadline = Date.now() + timeoutMs;
      while (running.count > 0 && Date.now() < deadline) await setTimeout(DRAIN_CHECK_INTERVAL_MS);
      // The last `complete` is sent right after its operation stops running.
      await setImmediate();
      await server.dispose();
    },
  };
}

/** In a span of the client's trace; of a subscription it ends when events can come. */
async function presentedRun(operation: Operation, logger: Logger): Promise<never> {
  const { run, requestId, traceparent } = operation;
  const type = getOperationAST(operation.document, operation.operationName)?.operation ?? 'query';
  const attributes = { 'graphql.operation.type': type, 'network.protocol.name': 'websocket', 'slipway.request.id': requestId };
  try {
    const result = await withSpan(`${type} ${GRAPHQL_PATH}`, { kind: 'server', parent: traceparent, attributes }, () => run(operation));
    return presentedResult(isAsyncIterable(result) ? result : withErrorPlaces(result as ExecutionResult), requestId, logger) as never;
  } catch (error) {
    return { errors: [toGraphQLError(error, requestId, logger)] } as never;
  }
}

type Preparing = { readonly left: AbortSignal; readonly enter: Graph['enter']; readonly logger: Logger };

async function prepared(connection: Connection, payload: SubscribePayload, { left, enter, logger }: Preparing): Promise<Operation | readonly GraphQLError[]> {
  const requestId = randomUUID();
  try {
    const context = operationContext(connection, requestId, left);
    const params = checkedOperation(payload);
    if (nestsDeeper(params.variables, JSON_DEPTH_MAX)) {
      throw invalidInput([{ field: 'variables', problem: `nests deeper than ${JSON_DEPTH_MAX} levels` }]);
    }
    const { runtime } = enter(context.abandon);
    await runtime.getSchema();
    const enveloped: Enveloped = runtime.getEnveloped({ ...context, params, headers: {} } as never);
    const document = enveloped.parse(params.query);
    const errors = enveloped.validate(enveloped.schema, document);
    if (errors.length > 0) return errors.map((error) => toGraphQLError(error, requestId, logger));
    return {
      schema: enveloped.schema,
      document,
      variableValues: params.variables ?? {},
      operationName: params.operationName,
      contextValue: await enveloped.contextFactory(),
      requestId,
      traceparent: context.slipway.traceparent,
      // Either of the two reaches the same executor, which looks at the operation itself.
      run: (args) => (isSubscription(args) ? enveloped.subscribe(args) : enveloped.execute(args)),
    };
  } catch (error) {
    return [toGraphQLError(error, requestId, logger)];
  }
}

function operationContext({ extra, connectionParams }: Connection, requestId: string, left: AbortSignal): DoorContext {
  const given = connectionParams?.['traceparent'] ?? extra.request.headers['traceparent'];
  const traceparent = parseTraceparent(typeof given === 'string' ? given : null);
  const header = (name: string): string | null => (name === 'x-request-id' ? requestId : name === 'traceparent' ? traceparent : null);
  const client = { connection: extra.socket, acceptsStream: true, left };
  return doorContext(client, (signal) => requestContext(extra.actor ?? 'unknown', header, signal));
}

function isSubscription({ document, operationName }: ExecutionArgs): boolean {
  return document.definitions.some(
    (definition) =>
      definition.kind === 'OperationDefinition' &&
      definition.operation === 'subscription' &&
      (operationName == null || definition.name?.value === operationName),
  );
}

/** Stops at the limit, so that deep values cost no stack. */
function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inside) => nestsDeeper(inside, levels - 1));
}
