import { AnswerRelay, type AnswerSink } from './answer-relay.js';
import type { Exchange, ExchangeListener, FlatHeaders, HeadMemo, Upstream } from './forward-engine.js';
import type { ClientConnection } from './http1-client-connection.js';
import type { RequestHead } from './http1-head.js';
import { RequestBody } from './http1-request-body.js';
import type { UpstreamPool } from './http1-upstream-pool.js';

/** One request on a client's connection. */
export class Http1Exchange implements Exchange, AnswerSink {
  readonly method: string;
  readonly target: string;
  readonly headers: RequestHead['headers'];
  /** The listener has asked for the body, and it is not whole yet. */
  wantsBody = false;
  #listener: ExchangeListener | null = null;
  #relay: AnswerRelay | null = null;
  /** Null once it has been read to its end. */
  #body: RequestBody | null;
  #bodyIsUntouched = true;
  #state: 'open' | 'answering' | 'over' = 'open';
  #continueIsExpected: boolean;

  constructor(
    private readonly connection: ClientConnection,
    head: RequestHead,
    readonly memo: HeadMemo,
  ) {
    this.method = head.method;
    this.target = head.target;
    this.headers = head.headers;
    const { framing } = head;
    this.#body = framing.type === 'length' && framing.bytes === 0 ? null : new RequestBody(framing, connection.engine.limits.bodyBytesMax);
    this.#continueIsExpected = this.#body !== null && String(head.headers['expect'] ?? '').toLowerCase() === '100-continue';
  }

  get isFromLoopback(): boolean {
    const address = this.connection.socket.remoteAddress ?? '';
    return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
  }

  attach(listener: ExchangeListener): void {
    this.#listener = listener;
  }

  receiveBody(): void {
    if (this.#body === null) {
      this.connection.requestArrived();
      this.#listener?.onBody(EMPTY);
      return;
    }
    this.wantsBody = true;
    this.#bodyIsUntouched = false;
    const unread = this.connection.takeUnread();
    if (unread.length === 0 && this.#continueIsExpected && this.#body.bytesLeft <= this.connection.engine.limits.bodyBytesMax) {
      this.connection.continueRequest();
    }
    this.#continueIsExpected = false;
    this.#read(unread);
  }

  /** More has come on the connection. */
  readBody(): void {
    this.#read(this.connection.takeUnread());
  }

  answer(status: number, headers: FlatHeaders, body: string): void {
    if (this.#state !== 'open') return;
    this.#state = 'answering';
    this.wantsBody = false;
    const content = Buffer.from(body);
    headers.push('content-length', String(content.length));
    const rest = this.#body;
    // A client that waits for 100 Continue need not send the body now: where its next request begins cannot be known.
    const restIsKnown = this.#bodyIsUntouched && !this.#continueIsExpected;
    this.connection.writeHead(status, headers, rest === null || (restIsKnown && this.connection.mayOutlive(rest)));
    this.connection.writer.end(this.method === 'HEAD' ? null : content);
    this.#over();
  }

  forward(upstream: Upstream, headers: FlatHeaders, body: Buffer): void {
    const { limits } = this.connection.engine;
    const relay = new AnswerRelay(
      this,
      this.#listener!,
      (outcome) => {
        this.#relay = null;
        this.#listener?.onUpstreamEnd(outcome);
        if (outcome.type === 'completed') this.#over();
      },
      limits.clientStallTimeoutMs,
    );
    this.#relay = relay;
    (upstream as UpstreamPool).send({ method: this.method, target: this.target, headers, body, relay });
  }

  writeHead(status: number, headers: FlatHeaders): void {
    this.#state = 'answering';
    this.connection.writeHead(status, headers, true);
  }

  flushHead(): void {
    this.connection.writer.flushHead();
  }

  write(chunk: Buffer): boolean {
    return this.connection.writer.write(chunk);
  }

  end(chunk: Buffer | null): void {
    this.connection.writer.end(chunk);
  }

  cut(): void {
    this.connection.cut();
  }

  onDrain(listener: (() => void) | null): void {
    this.connection.onDrain(listener);
  }

  /** The client left, or ran out of time. */
  onGone(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.wantsBody = false;
    const relay = this.#relay;
    this.#relay = null;
    relay?.abandon();
    const listener = this.#listener;
    this.#listener = null;
    listener?.onClientGone();
  }

  #read(bytes: Buffer): void {
    const body = this.#body;
    if (body === null) return;
    const progress = body.read(bytes, (count) => this.#listener?.onBodyBytes(count) ?? false);
    switch (progress.type) {
      case 'more':
        return;
      case 'whole':
        this.wantsBody = false;
        this.#body = null;
        this.connection.requestArrived();
        if (progress.consumed < bytes.length) this.connection.giveBack(bytes.subarray(progress.consumed));
        return this.#listener?.onBody(progress.body);
      case 'tooLarge':
        this.wantsBody = false;
        return this.#listener?.onBodyTooLarge();
      case 'refused':
        this.wantsBody = false;
        return;
      case 'malformed':
        this.onGone();
        return this.connection.refuse('malformed');
    }
  }

  #over(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.connection.exchangeEnded(this.#body);
  }
}

const EMPTY = Buffer.alloc(0);
