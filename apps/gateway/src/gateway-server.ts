import { drainable, Readiness, type Logger } from '@slipway/service';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GatewayConfig } from './config.js';
import { httpDoor } from './door/http-door.js';
import { loadQueryPage } from './door/query-page.js';
import type { Authenticate } from './door/sign-in.js';
import { websocketDoor, type WebSocketDoor } from './door/websocket-door.js';
import { startGraph, type Graph } from './graph/graph-runtime.js';
import type { LastGoodGraph } from './graph/last-good-graph.js';
import type { SubgraphSource } from './graph/subgraph-source.js';
import { OpenSubscriptions } from './subscriptions/open-subscriptions.js';

export type GatewayServerOptions = {
  readonly config: GatewayConfig;
  /** The actor behind a bearer token, or `null`. */
  readonly authenticate: Authenticate;
  /** Where the admin token lies: named in the answer to whoever did not sign in. */
  readonly tokenFile: string;
  readonly subgraphs: readonly SubgraphSource[];
  /**
   * How often subgraphs are asked for their schema again, in milliseconds; the gateway then starts without them and
   * serves as soon as it can. Absent: once, at start, which fails without them.
   */
  readonly pollIntervalMs?: number;
  /** Where the last good graph is kept, for a start while a service is down. */
  readonly lastGood?: LastGoodGraph;
  /** Checks of others that `/readyz` shall report too. */
  readonly readiness?: Readiness;
  readonly logger: Logger;
};

/** How often Node looks for requests past their time, in milliseconds. */
const TIMEOUT_CHECK_INTERVAL_MS = 1_000;

/** The one door for people and programs: GraphQL over HTTP, SSE and WebSocket on one port. */
export class GatewayServer {
  readonly #subscriptions: OpenSubscriptions;
  readonly #readiness: Readiness;
  #parts: { graph: Graph; sockets: WebSocketDoor; server: Server; drain: (timeoutMs: number) => Promise<void> } | null = null;

  constructor(private readonly options: GatewayServerOptions) {
    this.#subscriptions = new OpenSubscriptions(options.config.doorLimits);
    this.#readiness = options.readiness ?? new Readiness();
  }

  /** Subscriptions that clients hold open. */
  get subscriptionCount(): number {
    return this.#subscriptions.count;
  }

  /** `http://host:port` once started. */
  get url(): string {
    if (this.#parts === null) throw new Error('the gateway has not started');
    return `http://${this.options.config.host}:${(this.#parts.server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    const { config, authenticate, tokenFile, logger, subgraphs, pollIntervalMs, lastGood } = this.options;
    const limits = config.doorLimits;
    const graph = await startGraph({
      subgraphs,
      queryLimits: config.queryLimits,
      answerTimeoutMs: limits.answerTimeoutMs,
      openSubscriptions: this.#subscriptions,
      ...(pollIntervalMs === undefined ? {} : { pollIntervalMs }),
      ...(lastGood === undefined ? {} : { lastGood }),
      logger,
    });
    const sockets = websocketDoor({ graph, authenticate, limits, logger });
    const server = createServer(
      {
        headersTimeout: limits.headersTimeoutMs,
        requestTimeout: limits.requestTimeoutMs,
        keepAliveTimeout: limits.keepAliveTimeoutMs,
        connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
      },
      httpDoor({ graph, authenticate, tokenFile, limits, readiness: this.#readiness, page: loadQueryPage(), logger }),
    );
    const drain = drainable(server);
    server.maxConnections = limits.connectionsMax;
    server.on('drop', () => logger.warn({ event: 'connection.dropped', connectionsMax: limits.connectionsMax }, 'too many connections'));
    server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
    this.#readiness.add({ name: 'graph', check: () => graph.check() });
    try {
      await listening(server, config.host, config.port);
    } catch (error) {
      await graph.close();
      throw error;
    }
    this.#parts = { graph, sockets, server, drain };
  }

  /** Unready; no new connections; subscriptions complete; WebSockets get a close frame; running requests finish; closed. */
  async close(): Promise<void> {
    const parts = this.#parts;
    if (parts === null) return;
    this.#parts = null;
    const { graph, sockets, drain } = parts;
    this.#readiness.leave();
    const drained = drain(this.options.config.doorLimits.drainTimeoutMs);
    this.#subscriptions.endAll();
    await sockets.close(this.options.config.doorLimits.drainTimeoutMs);
    await drained;
    await graph.close();
  }
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
