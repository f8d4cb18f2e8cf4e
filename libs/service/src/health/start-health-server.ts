import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mayReadMetrics } from './metrics-access.js';
import { answerHealth, type Readiness } from './readiness.js';

/** Writes the present metrics as Prometheus text. */
export type MetricsPage = (request: IncomingMessage, response: ServerResponse) => void;

export type HealthServerOptions = {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly readiness: Readiness;
  /** Null or absent: there is no `/metrics`. */
  readonly metrics?: MetricsPage | null;
  /** Bearer token for `/metrics`; null or absent: programs on this machine only. */
  readonly metricsToken?: string | null;
  /** Takes secrets out of what checks say. */
  readonly censor?: (text: string) => string;
};

export type HealthServer = { readonly url: string; close(): Promise<void> };

/** Connections at once: a few probes and scrapers. */
export const HEALTH_CONNECTIONS_MAX = 64;
/** For a client to send its request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 5_000;
const PATHS = ['/livez', '/healthz', '/readyz', '/metrics'] as const;

/**
 * `/livez` and `/healthz` (200 while the process answers at all), `/readyz` (200 or 503 with every check) and `/metrics`,
 * on a port of their own: they answer before the service has opened anything, and until it has closed everything.
 * @throws Error with `code` when the port cannot be had.
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => answer(options, request, response));
  server.maxConnections = HEALTH_CONNECTIONS_MAX;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer({ readiness, metrics = null, metricsToken = null, censor }: HealthServerOptions, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  if (!(PATHS as readonly string[]).includes(path) || (path === '/metrics' && metrics === null)) return refuse(response, 404, `there is only ${PATHS.join(', ')}`);
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'only GET and HEAD are answered');
  if (answerHealth(readiness, request, response, censor)) return;
  if (mayReadMetrics(request, metricsToken)) metrics?.(request, response);
  else if (metricsToken === null) refuse(response, 403, 'without SLIPWAY_METRICS_TOKEN, metrics are for programs on this machine only');
  else refuse(response, 401, 'metrics need the token of SLIPWAY_METRICS_TOKEN as a bearer token', { 'www-authenticate': 'Bearer' });
}

function refuse(response: ServerResponse, status: number, message: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
  response.end(JSON.stringify({ error: message }));
}
