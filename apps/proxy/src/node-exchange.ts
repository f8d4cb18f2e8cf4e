import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pool } from 'undici';
import { AnswerRelay, type AnswerSink } from './answer-relay.js';
import type { EngineLimits, Exchange, ExchangeListener, FlatHeaders, HeadMemo, Upstream } from './forward-engine.js';
import { UndiciAttempt } from './undici-attempt.js';

/** A refused request's body up to this length is read and thrown away, longer ones cost the client its connection. */
const DISCARDED_BODY_BYTES_MAX = 64 * 1024;

/** What the exchanges of an engine look at. */
export type EngineState = { accepting: boolean };

/** An upstream of this engine: undici's pool of connections to one address. */
export type PooledUpstream = Upstream & { readonly pool: Pool };

/** An exchange on node:http sockets; the way up is undici's lowest call, `dispatch`, with the body as one buffer. */
export class NodeExchange implements Exchange, AnswerSink {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly memo: HeadMemo = { kept: null };
  #listener: ExchangeListener | null = null;
  #relay: AnswerRelay | null = null;
  #onDrain: (() => void) | null = null;
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
    this.#beforeHead();
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
    const relay: AnswerRelay = new AnswerRelay(this, this.#listener!, (outcome) => {
      this.#relay = null;
      if (!this.#gone) this.#listener?.onUpstreamEnd(outcome);
    }, this.limits.clientStallTimeoutMs);
    this.#relay = relay;
    (upstream as PooledUpstream).pool.dispatch(
      { path: this.target, method: this.method as 'POST', headers, body, idempotent: false },
      new UndiciAttempt(relay),
    );
  }

  /** Ends the client's connection with this answer. */
  closeAfterwards(): void {
    this.response.shouldKeepAlive = false;
  }

  writeHead(status: number, headers: FlatHeaders): void {
    this.#beforeHead();
    this.response.writeHead(status, headers);
  }

  flushHead(): void {
    this.response.flushHeaders();
  }

  write(chunk: Buffer): boolean {
    return this.response.write(chunk);
  }

  end(chunk: Buffer | null): void {
    if (chunk === null) this.response.end();
    else this.response.end(chunk); // with a held head: head and body in one go
  }

  cut(): void {
    this.response.destroy();
  }

  onDrain(listener: (() => void) | null): void {
    if (this.#onDrain !== null) this.response.removeListener('drain', this.#onDrain);
    this.#onDrain = listener;
    if (listener !== null) this.response.once('drain', listener);
  }

  /** An engine that stops keeps no connection beyond its answer. */
  #beforeHead(): void {
    if (!this.engine.accepting) this.closeAfterwards();
  }

  #onClose(): void {
    if (this.#gone) return;
    this.#gone = true;
    const relay = this.#relay;
    if (this.response.writableEnded && relay === null) return; // the usual end
    this.#relay = null;
    relay?.abandon();
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
