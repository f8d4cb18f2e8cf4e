import { createServer, STATUS_CODES, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createEngineMetrics } from './engine-metrics.js';
import { createEngineRouter, type EngineState } from './engine-router.js';
import { openExchange, type Exchange } from './exchange.js';
import type { ServingModel } from './generation.js';
import * as limits from './limits.js';
import { errorBody, malformedRequest, type Problem } from './openai-errors.js';
import { newRequestId } from './request-id.js';
import { createSlotQueue } from './slot-queue.js';
import type { TextModel } from './text-model.js';

export type EngineServerOptions = {
  /** The first one labels the metrics; at least one. */
  readonly servedNames: readonly [string, ...string[]];
  /** Null: open to everyone who reaches the port. */
  readonly apiKey: string | null;
  /** Answers that may wait for a sequence; past it requests get 429. */
  readonly queueDepth: number;
  readonly bodyBytesMax?: number;
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  readonly stallTimeoutMs?: number;
  /** Called for every answer of 500 and above that a model failure caused. */
  readonly onFailure?: (failure: { readonly requestId: string; readonly message: string }) => void;
};

/** The HTTP face of an engine: it listens at once, and serves when it has been given its model. */
export type EngineServer = {
  /** Resolves with the port bound. Rejects with Node's error (`EADDRINUSE`, `EACCES`, …). */
  listen(port: number, host: string): Promise<number>;
  serve(model: TextModel): void;
  /** Refuses new work, and resolves when what was accepted is answered or `limitMs` is over; true: all was answered. */
  drain(limitMs: number): Promise<boolean>;
  /** Closes the port and every connection. */
  close(): Promise<void>;
};

export function createEngineServer(options: EngineServerOptions): EngineServer {
  const state: EngineState = { phase: 'loading', serving: null };
  const open = new Set<Exchange>();
  const route = createEngineRouter(options, state);
  const stallTimeoutMs = options.stallTimeoutMs ?? limits.WRITE_STALL_TIMEOUT_MS;
  let onEmpty: (() => void) | null = null;

  const server = createServer(serverOptions(options), (request, response) => {
    const exchange = openExchange(request, response, { stallTimeoutMs });
    if (state.phase === 'draining') response.setHeader('connection', 'close');
    open.add(exchange);
    response.once('close', () => {
      open.delete(exchange);
      if (open.size === 0) onEmpty?.();
    });
    void route(exchange);
  });
  server.on('clientError', (cause: NodeJS.ErrnoException, socket: Socket) => {
    const answering = [...open].some(({ request, response }) => request.socket === socket && response.headersSent);
    if (socket.writable && !answering) socket.write(rawAnswer(malformedRequest(cause.code)));
    socket.destroySoon();
  });
  server.keepAliveTimeout = limits.KEEP_ALIVE_TIMEOUT_MS;
  server.maxConnections = limits.CONNECTIONS_MAX;

  return {
    listen: (port, host) => listen(server, port, host),
    serve(model) {
      if (state.phase !== 'loading') return;
      state.serving = servingModel(model, options);
      state.phase = 'ready';
    },
    drain(limitMs) {
      state.phase = 'draining';
      return new Promise((resolve) => {
        let overdue = false;
        let timer = setTimeout(() => {
          overdue = true;
          for (const exchange of open) exchange.abort();
          timer = setTimeout(() => resolve(false), limits.ABORT_GRACE_MS); // for the refusals to reach their readers
        }, limitMs);
        onEmpty = () => {
          clearTimeout(timer);
          resolve(!overdue);
        };
        if (open.size === 0) onEmpty();
      });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** For requests that could not be read, and so have no response object. */
function rawAnswer(problem: Problem): string {
  const body = JSON.stringify(errorBody(problem));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `x-request-id: ${newRequestId()}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

function serverOptions({ headersTimeoutMs, requestTimeoutMs }: EngineServerOptions) {
  return {
    headersTimeout: headersTimeoutMs ?? limits.HEADERS_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs ?? limits.REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: limits.TIMEOUT_CHECK_INTERVAL_MS,
    maxHeaderSize: limits.HEADERS_BYTES_MAX,
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function servingModel(model: TextModel, { queueDepth, servedNames }: EngineServerOptions): ServingModel {
  const queue = createSlotQueue({ slots: model.sequencesMax, depthMax: queueDepth });
  const held = { tokens: 0 };
  const metrics = createEngineMetrics(servedNames[0], {
    running: () => queue.running,
    waiting: () => queue.waiting,
    cacheUsage: () => held.tokens / (model.sequencesMax * model.contextTokensMax),
  });
  return { model, queue, metrics, held };
}
