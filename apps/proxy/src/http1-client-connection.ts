import type { Socket } from 'node:net';
import type { FlatHeaders, HeadMemo, HeadRefusal } from './forward-engine.js';
import { AnswerWriter } from './http1-answer.js';
import type { Deadlines, EngineState, Timed } from './http1-engine-state.js';
import { Http1Exchange } from './http1-exchange.js';
import { parseRequestHead, type RequestHead } from './http1-head.js';
import { RepeatedHead } from './http1-repeated-head.js';
import type { RequestBody } from './http1-request-body.js';

/** What may be waiting behind a request under way before the client is read no further. */
const READ_AHEAD_BYTES_MAX = 64 * 1024;
/** A refused request's body up to this length is read and thrown away, longer ones cost the client its connection. */
const DISCARDED_BODY_BYTES_MAX = 64 * 1024;

const HEAD_END = '\r\n\r\n';
const FIRST_LETTER = /^[A-Z]/;
/** What can be told of a head before it is whole; the rest is told when it is. */
const BAD_IN_HEAD = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n|$)|(?<!\r)\n/g;
const EMPTY = Buffer.alloc(0);
const CLOSE_LINES = 'connection: close\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** One client's connection: its requests one after the other, each answered before the next is looked at. */
export class ClientConnection implements Timed {
  deadlineMs: number;
  readonly writer: AnswerWriter;
  #state: 'head' | 'exchange' | 'discarding' | 'closing' = 'head';
  #unread: Buffer = EMPTY;
  /** How much of an unfinished head has been looked at. */
  #judgedBytes = 0;
  readonly #lastHead = new RepeatedHead();
  #exchange: Http1Exchange | null = null;
  /** The body being discarded after an early answer. */
  #rest: RequestBody | null = null;
  #requestBeganMs = 0;
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
    this.writer = new AnswerWriter(socket);
    this.#lingerBytesLeft = engine.limits.lingerBytesMax;
    this.deadlineMs = deadlines.nowMs + engine.limits.headTimeoutMs;
    deadlines.add(this);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('error', () => undefined); // a close follows
    socket.on('close', () => this.#onGone());
    socket.on('drain', () => this.#onDrain?.());
  }

  /** Ends it if it has no request; else it ends with its answer. */
  endWhenIdle(): void {
    if (this.#state === 'head' && this.#unread.length === 0) this.#close();
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

  /** How an answer given before the body was read leaves the connection. */
  mayOutlive(rest: RequestBody): boolean {
    return rest.bytesLeft - this.#unread.length <= DISCARDED_BODY_BYTES_MAX;
  }

  /** The answer has been written; `rest` is what the client may still be sending of the request. */
  exchangeEnded(rest: RequestBody | null): void {
    this.#exchange = null;
    if (this.#closesAfterwards || !this.engine.accepting) return this.#close();
    this.#rest = rest;
    this.#state = rest === null ? 'head' : 'discarding';
    this.deadlineMs = this.deadlines.nowMs + this.engine.limits.idleKeepAliveMs;
    if (this.#unread.length > 0 && !this.#isReading) this.#read();
    if (this.socket.isPaused()) this.socket.resume();
  }

  /** Bytes that came with the head or since, for the body. */
  takeUnread(): Buffer {
    const unread = this.#unread;
    this.#unread = EMPTY;
    return unread;
  }

  giveBack(bytes: Buffer): void {
    this.#unread = bytes;
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
        return this.#unread.length === 0 ? this.#close() : this.refuse('timeout');
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
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    if (this.#state === 'exchange') {
      const exchange = this.#exchange;
      if (exchange?.wantsBody === true) exchange.readBody();
      else if (this.#unread.length > READ_AHEAD_BYTES_MAX) this.socket.pause();
      return;
    }
    this.#read();
  }

  /** Takes requests off what is unread, as far as they go. */
  #read(): void {
    this.#isReading = true;
    while (this.#unread.length > 0 && this.#state !== 'closing' && this.#state !== 'exchange') {
      if (!(this.#state === 'discarding' ? this.#discard() : this.#readHead())) break;
    }
    this.#isReading = false;
  }

  #discard(): boolean {
    const consumed = this.#rest?.discard(this.#unread) ?? 0;
    if (consumed === -1) {
      this.#close();
      return false;
    }
    if (consumed === null) {
      this.#unread = EMPTY;
      return false;
    }
    this.#unread = this.#unread.subarray(consumed);
    this.#rest = null;
    this.#state = 'head';
    return true;
  }

  /** False: there is no whole head yet, or there never will be. */
  #readHead(): boolean {
    const { limits } = this.engine;
    const repeated = this.#judgedBytes === 0 ? this.#lastHead.match(this.#unread) : null;
    if (repeated !== null) {
      this.#advance(repeated.bytes);
      this.#begin(repeated.head, repeated.memo);
      return true;
    }
    const end = this.#unread.indexOf(HEAD_END, Math.max(0, this.#judgedBytes - HEAD_END.length));
    if (end === -1 || end > limits.headBytesMax) return this.#judgeUnfinishedHead();
    const text = this.#unread.toString('latin1', 0, end);
    const head = parseRequestHead(text, limits.headersMax);
    if (head === null || head === 'tooManyHeaders') {
      this.refuse(head === null ? 'malformed' : 'headTooLarge');
      return false;
    }
    const memo: HeadMemo = { kept: null };
    this.#lastHead.keep(head, memo, this.#unread, text);
    this.#judgedBytes = 0;
    this.#advance(end + HEAD_END.length);
    this.#begin(head, memo);
    return true;
  }

  #advance(bytes: number): void {
    this.#unread = this.#unread.length === bytes ? EMPTY : this.#unread.subarray(bytes);
  }

  #begin(head: RequestHead, memo: HeadMemo): void {
    this.#state = 'exchange';
    this.#closesAfterwards = !head.keepAlive;
    this.deadlineMs = (this.#requestBeganMs > 0 ? this.#requestBeganMs : this.deadlines.nowMs) + this.engine.limits.requestTimeoutMs;
    this.#requestBeganMs = 0;
    const exchange = new Http1Exchange(this, head, memo);
    this.#exchange = exchange;
    this.engine.hooks.onExchange(exchange);
  }

  #judgeUnfinishedHead(): boolean {
    const { limits } = this.engine;
    if (this.#unread.length > limits.headBytesMax) {
      this.refuse('headTooLarge');
      return false;
    }
    const text = this.#unread.toString('latin1', Math.max(0, this.#judgedBytes - 1));
    BAD_IN_HEAD.lastIndex = Math.min(1, this.#judgedBytes); // the byte judged last is only looked back at
    const isBad = (this.#judgedBytes === 0 && !FIRST_LETTER.test(text)) || BAD_IN_HEAD.test(text);
    this.#judgedBytes = this.#unread.length;
    if (isBad) this.refuse('malformed');
    else if (this.#requestBeganMs === 0) {
      this.#requestBeganMs = this.deadlines.nowMs;
      this.deadlineMs = this.#requestBeganMs + limits.headTimeoutMs;
    }
    return false;
  }

  /** Says all that was written, then that nothing follows, and reads on for a while so that the client gets to see it. */
  #close(): void {
    if (this.#state === 'closing') return;
    this.#state = 'closing';
    this.#unread = EMPTY;
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
