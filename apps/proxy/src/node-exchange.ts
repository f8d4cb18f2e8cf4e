import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pool } from 'undici';
import type { EngineLimits, Exchange, ExchangeListener, FlatHeaders, ForwardOutcome, Upstream } from './forward-engine.js';
import { UpstreamAttempt, type AttemptOwner } from './upstream-attempt.js';

/** A refused request's body up to this length is read and thrown away, longer ones cost the client its connection. */
const DISCARDED_BODY_BYTES_MAX = 64 * 1024;

/** What the exchanges of an engine look at. */
export type EngineState = { accepting: boolean };

/** An upstream of this engine: undici's pool of connections to one address. */
export type PooledUpstream = Upstream & { readonly pool: Pool };

/** An exchange on node:http sockets; the way up is undici's lowest call, `dispatch`, with the body as one buffer. */
export class NodeExchange implements Exchange, AttemptOwner {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  #listener: ExchangeListener | null = null;
  #attempt: UpstreamAttempt | null = null;
  #gone = false;
  #continueIsExpected: boolean;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly limits: EngineLimits,
    private readonly engine: EngineState,
    continueIsExpected: boolean,
  ) {
    this.method = request.method ?? '';
    this.target = request.url ?? '';
    this.headers = request.headers;
    this.#continueIsExpected = continueIsExpected;
  }

  get isFromLoopback(): boolean {
    const address = this.request.socket.remoteAddress ?? '';
    return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
  }

  attach(listener: ExchangeListener): void {
    this.#listener = listener;
    const onClose = (): void => this.#onClose();
    this.response.on('close', onClose);
    // A request behind another on its connection has no socket to answer on yet, and would not hear it close.
    if (this.response.socket === null) this.request.socket.once('close', onClose);
  }

  receiveBody(): void {
    const length = Number(this.headers['content-length'] ?? -1);
    if (length > this.limits.bodyBytesMax) return this.#listener?.onBodyTooLarge();
    if (this.#continueIsExpected) {
      this.#continueIsExpected = false;
      this.response.writeContinue();
    }
    new BodyReceiver(this.request, length, this.limits.bodyBytesMax, this.#listener!);
  }

  answer(status: number, headers: FlatHeaders, body: string): void {
    if (this.#gone || this.response.headersSent) return;
    this.beforeHead();
    const { response } = this;
    headers.push('content-length', String(Buffer.byteLength(body)));
    const unread = this.#unreadBytes();
    if (unread <= DISCARDED_BODY_BYTES_MAX && !this.#continueIsExpected) {
      response.writeHead(status, headers);
      response.end(body); // node reads the little that is left, and keeps the connection
      return;
    }
    headers.push('connection', 'close');
    response.writeHead(status, headers);
    if (this.#continueIsExpected) {
      response.end(body); // told before it sent the body, the client need not send it
      return;
    }
    response.write(body);
    this.#linger();
  }

  /** What the client has still to send of this request. */
  #unreadBytes(): number {
    if (this.request.complete) return 0;
    return this.headers['transfer-encoding'] === undefined ? Number(this.headers['content-length'] ?? 0) : Infinity;
  }

  forward(upstream: Upstream, headers: FlatHeaders, body: Buffer): void {
    const attempt = new UpstreamAttempt(this.response, this.#listener!, this, this.limits.clientStallTimeoutMs);
    this.#attempt = attempt;
    (upstream as PooledUpstream).pool.dispatch(
      { path: this.target, method: this.method as 'POST', headers, body, idempotent: false },
      attempt,
    );
  }

  /** Ends the client's connection with this answer. */
  closeAfterwards(): void {
    this.response.shouldKeepAlive = false;
  }

  /** An engine that stops keeps no connection beyond its answer. */
  beforeHead(): void {
    if (!this.engine.accepting) this.closeAfterwards();
  }

  onAttemptEnd(outcome: ForwardOutcome): void {
    this.#attempt = null;
    if (!this.#gone) this.#listener?.onUpstreamEnd(outcome);
  }

  #onClose(): void {
    if (this.#gone) return;
    this.#gone = true;
    const attempt = this.#attempt;
    if (this.response.writableEnded && attempt === null) return; // the usual end
    this.#attempt = null;
    attempt?.abandon();
    this.#listener?.onClientGone();
  }

  /** Reads on for a while, so that the client gets to see its answer and not a reset connection. */
  #linger(): void {
    const { request, response } = this;
    let left = this.limits.lingerBytesMax;
    const end = (): void => {
      clearTimeout(timer);
      response.end();
    };
    const timer = setTimeout(end, this.limits.lingerMs);
    request.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) end();
    });
    request.once('end', end);
    request.once('close', end);
    request.resume();
  }
}

/** Collects a body: into the chunk itself if it came whole, into one buffer of the stated length, or chunk by chunk. */
class BodyReceiver {
  #received = 0;
  #whole: Buffer | null = null;
  readonly #chunks: Buffer[] = [];
  #over = false;

  constructor(
    request: IncomingMessage,
    private readonly length: number,
    private readonly bytesMax: number,
    private readonly listener: ExchangeListener,
  ) {
    request.on('data', (chunk: Buffer) => this.#onData(chunk));
    request.on('end', () => this.#onEnd());
  }

  #onData(chunk: Buffer): void {
    if (this.#over) return;
    const offset = this.#received;
    this.#received += chunk.length;
    if (this.#received > this.bytesMax) {
      this.#over = true;
      this.listener.onBodyTooLarge();
      return;
    }
    if (!this.listener.onBodyBytes(chunk.length)) {
      this.#over = true;
      return;
    }
    if (this.length < 0 || chunk.length === this.length) this.#chunks.push(chunk);
    else {
      this.#whole ??= Buffer.allocUnsafeSlow(this.length);
      chunk.copy(this.#whole, offset);
    }
  }

  #onEnd(): void {
    if (this.#over) return;
    this.#over = true;
    const [first] = this.#chunks;
    const body = this.#whole ?? (this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks));
    this.listener.onBody(body);
  }
}
