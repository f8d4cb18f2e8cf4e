import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Pool } from 'undici';
import { AnswerRelay, NOBODY } from './answer-relay.js';
import type { EngineHooks, EngineLimits, FlatHeaders, ForwardEngine, HeadRefusal } from './forward-engine.js';
import { NodeExchange, type EngineState, type PooledUpstream } from './node-exchange.js';
import { UndiciAttempt } from './undici-attempt.js';

/** How often node looks for requests that have run out of their time to arrive. */
const TIMEOUT_CHECK_INTERVAL_MS = 1_000;

/** The engine on node:http (whose strict parser decides what is HTTP) and undici. */
export function createNodeForwardEngine(limits: EngineLimits, hooks: EngineHooks): ForwardEngine {
  const pools = new Set<Pool>();
  const state: EngineState = { accepting: true };
  const server = createServer({
    maxHeaderSize: limits.headBytesMax,
    headersTimeout: limits.headTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleKeepAliveMs,
    connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_INTERVAL_MS, limits.headTimeoutMs, limits.requestTimeoutMs),
    noDelay: true,
    requireHostHeader: false, // refused below, in our words
  });
  server.maxHeadersCount = limits.headersMax + 1; // node drops what is over; one over is what tells
  server.maxConnections = limits.connectionsMax;

  const onRequest = (request: IncomingMessage, response: ServerResponse, continueIsExpected: boolean): void => {
    const exchange = new NodeExchange(request, response, limits, state, continueIsExpected);
    const reason = doubtAbout(request, limits.headersMax);
    if (reason !== null) return refuse(exchange, reason);
    try {
      hooks.onExchange(exchange);
    } catch (error) {
      hooks.onBug(error);
      exchange.cut();
    }
  };
  const refuse = (exchange: NodeExchange, reason: HeadRefusal): void => {
    const { status, headers, body } = hooks.refusal(reason);
    exchange.closeAfterwards();
    exchange.answer(status, headers, body);
  };
  server.on('request', (request, response) => onRequest(request, response, false));
  server.on('checkContinue', (request, response) => onRequest(request, response, true));
  server.on('checkExpectation', (request, response) => onRequest(request, response, false));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerClientError(error, socket as Socket, hooks));

  return {
    async listen(host, port) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port }, () => {
          server.removeListener('error', reject);
          server.on('error', hooks.onBug); // a connection that could not be accepted: out of file handles
          resolve();
        });
      });
      return { port: (server.address() as AddressInfo).port };
    },

    upstream(host, port): PooledUpstream {
      const pool = poolTo(host, port, limits);
      pools.add(pool);
      const release = (): void => {
        pools.delete(pool);
        void pool.close();
      };
      return { pool, release, sendApart: apartThrough(pool, limits) };
    },

    stopAccepting() {
      state.accepting = false;
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },

    async destroy() {
      state.accepting = false;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([...pools].map((pool) => pool.destroy()));
      pools.clear();
      await closed;
    },
  };
}

function apartThrough(pool: Pool, { clientStallTimeoutMs }: EngineLimits): PooledUpstream['sendApart'] {
  return ({ method, target, headers, body }, listener) => {
    const relay = new AnswerRelay(NOBODY, listener, (outcome) => listener.onUpstreamEnd(outcome), clientStallTimeoutMs);
    pool.dispatch({ path: target, method: method as 'POST', headers, body, idempotent: false }, new UndiciAttempt(relay));
    return () => relay.abandon();
  };
}

function poolTo(host: string, port: number, limits: EngineLimits): Pool {
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Pool(`http://${authority}`, {
    connections: limits.upstreamConnectionsPerReplicaMax,
    pipelining: 1, // a long answer would hold up what is behind it
    connectTimeout: limits.upstreamConnectTimeoutMs,
    headersTimeout: limits.upstreamHeadTimeoutMs,
    bodyTimeout: limits.streamIdleTimeoutMs,
    keepAliveTimeout: limits.upstreamKeepAliveMs,
    keepAliveMaxTimeout: limits.upstreamKeepAliveMs,
  });
}

/** What llhttp lets through and this proxy does not: anything two parsers could read in two ways. */
function doubtAbout(request: IncomingMessage, headersMax: number): HeadRefusal | null {
  const { rawHeaders } = request;
  if (rawHeaders.length / 2 > headersMax) return 'headTooLarge';
  if (!ORIGIN_FORM.test(request.url ?? '')) return 'malformed';
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length === 'host'.length) hosts += name.toLowerCase() === 'host' ? 1 : 0;
    else if (name.length === TRANSFER_ENCODING.length && name.toLowerCase() === TRANSFER_ENCODING) {
      if ((rawHeaders[i + 1] ?? '').toLowerCase() !== 'chunked') return 'malformed';
    }
  }
  const hostsAreRight = request.httpVersion === '1.1' ? hosts === 1 : request.httpVersion === '1.0' && hosts <= 1;
  return hostsAreRight ? null : 'malformed';
}

const TRANSFER_ENCODING = 'transfer-encoding';
const ORIGIN_FORM = /^\/[\x21\x22\x24-\x7e]*$/;

const REASONS: Readonly<Record<string, HeadRefusal>> = {
  HPE_HEADER_OVERFLOW: 'headTooLarge',
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
};
const PHRASES: Readonly<Record<HeadRefusal, string>> = {
  malformed: 'Bad Request',
  headTooLarge: 'Request Header Fields Too Large',
  timeout: 'Request Timeout',
};

/** A request that never became one. Answered unless an answer is under way on the connection; then it ends with what that has said. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket, hooks: EngineHooks): void {
  const { _httpMessage: current } = socket as Socket & { readonly _httpMessage?: ServerResponse | null };
  const answerIsUnderWay = current?.headersSent === true;
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  if (answerIsUnderWay) {
    socket.destroySoon();
    return;
  }
  const reason = REASONS[error.code ?? ''] ?? 'malformed';
  const { status, headers, body } = hooks.refusal(reason);
  socket.end(rawAnswer(status, PHRASES[reason], headers, body));
  socket.destroySoon();
}

function rawAnswer(status: number, phrase: string, headers: FlatHeaders, body: string): string {
  let head = `HTTP/1.1 ${status} ${phrase}\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${head}\r\n${body}`;
}
