import type { Socket } from 'node:net';
import type { FlatHeaders, HeadMemo, HeadRefusal } from './forward-engine.js';
import { AnswerWriter } from './http1-answer.js';
import type { Deadlines, EngineState, Timed } from './http1-engine-state.js';
import { Http1Exchange } from './http1-exchange.js';
import type { RequestHead } from './http1-head.js';
import type { RequestBody } from './http1-request-body.js';
import { RequestReader } from './http1-request-reader.js';

/** What may be waiting behind a request under way before the client is read no further. */
const READ_AHEAD_BYTES_MAX = 64 * 1024;
/** A refused request's body up to this length is read and thrown away, longer ones cost the client its connection. */
const DISCARDED_BODY_BYTES_MAX = 64 * 1024;

const CLOSE_LINES = 'connection: close\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** One client's connection: its requests one after the other, each answered before the next is looked at. */
export class ClientConnection implements Timed {
  deadlineMs: number;
  readonly writer: AnswerWriter;
  readonly #reader: RequestReader;
  #state: 'head' | 'exchange' | 'discarding' | 'closing' = 'head';
  #exchange: Http1Exchange | null = null;
  /** The body being discarded after an early answer. */
  #rest: RequestBody | null = null;
  /** When the first byte of an unfinished head came; 0: there is none. */
  #headBeganMs = 0;
  #isReading = false;
  #closesAfterwards = false;
  #onDrain: (() => void) | null = null;
  #lingerBytesLeft: number;

  constructor(
    readonly socket: Socket,
    readonly engine: EngineState,
    private readonly deadlines: Deadlines,
    private readonly onClosed: (connection: ClientConnection) => void,
  ) {
    const { limits, hooks } = engine;
    this.writer = new AnswerWriter(socket);
    this.#reader = new RequestReader(limits);
    this.#lingerBytesLeft = limits.lingerBytesMax;
    this.deadlineMs = deadlines.nowMs + limits.headTimeoutMs;
    deadlines.add(this);
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#onData(chunk);
      } catch (error) {
        hooks.onBug(error); // costs this client its connection, and nobody else theirs
        this.cut();
      }
    });
    socket.on('end', () => this.#onEnd());
    socket.on('error', () => undefined); // a close follows
    socket.on('close', () => this.#onGone());
    socket.on('drain', () => this.#onDrain?.());
  }

  /** Ends it if it has no request; else it ends with its answer. */
  endWhenIdle(): void {
    if (this.#state === 'head' && this.#reader.bytes === 0) this.#close();
  }

  onDrain(listener: (() => void) | null): void {
    this.#onDrain = listener;
  }

  writeHead(status: number, headers: FlatHeaders, mayKeepAlive: boolean): void {
    this.#closesAfterwards ||= !mayKeepAlive || !this.engine.accepting;
    this.writer.writeHead(status, headers, this.#closesAfterwards ? CLOSE_LINES : this.engine.keepAliveLines);
  }

  continueRequest(): void {
    this.socket.write(CONTINUE, 'latin1');
  }

  /** Whether a connection is worth keeping whose client may still be sending this. */
  mayOutlive(rest: RequestBody): boolean {
    return rest.bytesLeft - this.#reader.bytes <= DISCARDED_BODY_BYTES_MAX;
  }

  /** The answer has been written; `rest` is what the client may still be sending of the request. */
  exchangeEnded(rest: RequestBody | null): void {
    this.#exchange = null;
    if (this.#closesAfterwards || !this.engine.accepting) return this.#close();
    this.#rest = rest;
    this.#state = rest === null ? 'head' : 'discarding';
    this.deadlineMs = this.deadlines.nowMs + this.engine.limits.idleKeepAliveMs;
    if (this.#reader.bytes > 0 && !this.#isReading) this.#read();
    if (this.socket.isPaused()) this.socket.resume();
  }

  /** Bytes that came with the head or since, for the body. */
  takeUnread(): Buffer {
    return this.#reader.take();
  }

  giveBack(bytes: Buffer): void {
    this.#reader.giveBack(bytes);
  }

  /** The whole request has arrived. */
  requestArrived(): void {
    this.deadlineMs = Infinity;
  }

  cut(): void {
    this.socket.destroy();
  }

  onDeadline(): void {
    switch (this.#state) {
      case 'closing':
        return this.cut();
      case 'discarding':
        return this.#close();
      case 'head':
        return this.#reader.bytes === 0 ? this.#close() : this.refuse('timeout');
      case 'exchange':
        this.#exchange?.onGone();
        return this.refuse('timeout');
    }
  }

  /** Answers what never became a request, and ends the connection. */
  refuse(reason: HeadRefusal): void {
    const { status, headers, body } = this.engine.hooks.refusal(reason);
    headers.push('content-length', String(Buffer.byteLength(body)));
    this.#exchange = null;
    this.writeHead(status, headers, false);
    this.writer.end(Buffer.from(body));
    this.#close();
  }

  #onData(chunk: Buffer): void {
    if (this.#state === 'closing') return this.#linger(chunk.length);
    this.#reader.push(chunk);
    if (this.#state !== 'exchange') return this.#read();
    if (this.#exchange?.wantsBody === true) this.#exchange.readBody();
    else if (this.#reader.bytes > READ_AHEAD_BYTES_MAX) this.socket.pause();
  }

  /** Takes requests off what is unread, as far as they go. */
  #read(): void {
    this.#isReading = true;
    while (this.#reader.bytes > 0 && this.#state !== 'closing' && this.#state !== 'exchange') {
      if (!(this.#state === 'discarding' ? this.#discard() : this.#readHead())) break;
    }
    this.#isReading = false;
  }

  /** False: the body to be discarded has not all come, or its end cannot be found. */
  #discard(): boolean {
    const bytes = this.#reader.take();
    const consumed = this.#rest?.discard(bytes) ?? null;
    if (consumed === -1) this.#close();
    if (consumed === null || consumed === -1) return false;
    this.#reader.giveBack(bytes.subarray(consumed));
    this.#rest = null;
    this.#state = 'head';
    return true;
  }

  /** False: there is no whole head yet, or there never will be. */
  #readHead(): boolean {
    const reading = this.#reader.nextHead();
    if (typeof reading === 'object') {
      this.#begin(reading.head, reading.memo);
      return true;
    }
    if (reading !== 'unfinished') this.refuse(reading);
    else if (this.#headBeganMs === 0) {
      this.#headBeganMs = this.deadlines.nowMs;
      this.deadlineMs = this.#headBeganMs + this.engine.limits.headTimeoutMs;
    }
    return false;
  }

  #begin(head: RequestHead, memo: HeadMemo): void {
    this.#state = 'exchange';
    this.#closesAfterwards = !head.keepAlive;
    this.deadlineMs = (this.#headBeganMs > 0 ? this.#headBeganMs : this.deadlines.nowMs) + this.engine.limits.requestTimeoutMs;
    this.#headBeganMs = 0;
    const exchange = new Http1Exchange(this, head, memo);
    this.#exchange = exchange;
    this.engine.hooks.onExchange(exchange);
  }

  /** Says all that was written, then that nothing follows, and reads on for a while so that the client gets to see it. */
  #close(): void {
    if (this.#state === 'closing') return;
    this.#state = 'closing';
    this.#reader.take();
    this.deadlineMs = this.deadlines.nowMs + this.engine.limits.clientStallTimeoutMs;
    this.socket.end(() => {
      this.deadlineMs = this.deadlines.nowMs + this.engine.limits.lingerMs;
    });
    this.socket.resume();
  }

  #linger(bytes: number): void {
    this.#lingerBytesLeft -= bytes;
    if (this.#lingerBytesLeft < 0) this.cut();
  }

  /** The client says no more. Without a request to answer there is nothing left to do; with one, it has left. */
  #onEnd(): void {
    if (this.#exchange === null) this.#close();
    else this.#onGone();
  }

  #onGone(): void {
    const exchange = this.#exchange;
    this.#exchange = null;
    this.#state = 'closing';
    this.deadlines.remove(this);
    exchange?.onGone();
    this.socket.destroy();
    this.onClosed(this);
  }
}
