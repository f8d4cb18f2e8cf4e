import { connect, type Socket } from 'node:net';
import type { AnswerRelay, UpstreamControl } from './answer-relay.js';
import type { UpstreamFailure } from './forward-engine.js';
import { ChunkReader, joined } from './http1-chunks.js';
import type { Timed } from './http1-engine-state.js';
import { parseAnswerHead, type AnswerHead } from './http1-head.js';
import type { UpstreamPool, UpstreamRequest } from './http1-upstream-pool.js';

/** Head and body go out as one buffer up to this size, as two beyond. */
const ONE_BUFFER_BYTES_MAX = 16 * 1024;
/** Taken off what a replica says of how long it keeps idle connections, for the time news takes to arrive. */
const KEEP_ALIVE_MARGIN_MS = 1_000;
const KEEP_ALIVE_TIMEOUT = /(?:^|[,\s])timeout=(\d{1,9})/i;

const HEAD_END = '\r\n\r\n';
const EMPTY = Buffer.alloc(0);

/** A connection to a replica. After any doubt about where an answer ends it is not used again. */
export class UpstreamConnection implements UpstreamControl, Timed {
  deadlineMs: number;
  readonly #socket: Socket;
  #relay: AnswerRelay | null = null;
  #isConnected = false;
  #isPaused = false;
  /** Null while the head of an answer is awaited. */
  #head: AnswerHead | null = null;
  #unread: Buffer = EMPTY;
  #bytesLeft = 0;
  #chunks: ChunkReader | null = null;
  #keepAliveMs: number;

  constructor(private readonly pool: UpstreamPool) {
    const { limits, deadlines, host, port } = pool;
    this.#keepAliveMs = limits.upstreamKeepAliveMs;
    const socket = connect({ host, port, noDelay: true });
    this.#socket = socket;
    deadlines.add(this);
    this.deadlineMs = deadlines.nowMs + limits.upstreamConnectTimeoutMs;
    socket.on('connect', () => {
      this.#isConnected = true;
      if (this.#relay !== null) this.deadlineMs = deadlines.nowMs + limits.upstreamHeadTimeoutMs;
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#onData(chunk);
      } catch (error) {
        pool.onBug(error);
        this.#doubt('an internal error');
      }
    });
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error) => this.#fail(this.#isConnected ? 'closed' : 'connect', error.message));
    socket.on('close', () => {
      this.#fail('closed', 'the connection was closed');
      deadlines.remove(this);
      pool.onClosed(this);
    });
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  send({ method, target, headers, body, relay }: UpstreamRequest): void {
    if (!relay.onSent(this)) return this.pool.onIdle(this);
    this.#relay = relay;
    const { limits, deadlines, host, port } = this.pool;
    if (this.#isConnected) this.deadlineMs = deadlines.nowMs + limits.upstreamHeadTimeoutMs;
    const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    let head = `${method} ${target} HTTP/1.1\r\nhost: ${authority}\r\ncontent-length: ${body.length}\r\n`;
    for (let i = 0; i < headers.length; i += 2) head += `${headers[i] as string}: ${headers[i + 1] as string}\r\n`;
    head += '\r\n';
    if (body.length > ONE_BUFFER_BYTES_MAX) {
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
      return;
    }
    const whole = Buffer.allocUnsafe(head.length + body.length);
    whole.write(head, 0, 'latin1');
    body.copy(whole, head.length);
    this.#socket.write(whole);
  }

  /** Idle, or not wanted any more. */
  close(): void {
    this.#fail('closed', 'the connection was closed here');
    this.#socket.destroy();
  }

  abort(): void {
    this.#relay = null;
    this.#socket.destroy();
  }

  pause(): void {
    this.#isPaused = true;
    this.deadlineMs = Infinity; // the client's pace; how long it may take is watched on its side
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.deadlineMs = this.pool.deadlines.nowMs + this.pool.limits.streamIdleTimeoutMs;
    this.#socket.resume();
  }

  onDeadline(): void {
    if (this.#relay !== null) this.#fail(this.#isConnected ? 'timeout' : 'connect', 'nothing came for too long');
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    if (this.#relay === null) {
      this.#socket.destroy(); // it speaks without having been asked
      return;
    }
    if (this.#head !== null) return this.#onBody(chunk);
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    while (this.#head === null && this.#relay !== null) if (!this.#readHead()) return;
  }

  /** False: the head has not all come. */
  #readHead(): boolean {
    const { limits } = this.pool;
    const end = this.#unread.indexOf(HEAD_END);
    if (end === -1 || end > limits.headBytesMax) {
      const isHopeless = this.#unread.length > limits.headBytesMax || !'HTTP/1.'.startsWith(this.#unread.toString('latin1', 0, 'HTTP/1.'.length));
      if (isHopeless) this.#doubt('the head of the answer is not HTTP/1.1');
      return false;
    }
    const head = parseAnswerHead(this.#unread.toString('latin1', 0, end), limits.headersMax);
    const rest = this.#unread.subarray(end + HEAD_END.length);
    if (head === null || head.status === 101) {
      this.#doubt('the head of the answer is not HTTP/1.1');
      return false;
    }
    this.#unread = rest;
    if (head.status >= 200) this.#begin(head, rest);
    return true;
  }

  #begin(head: AnswerHead, rest: Buffer): void {
    this.#head = head;
    this.#unread = EMPTY;
    const { framing } = head;
    this.#bytesLeft = framing.type === 'length' ? framing.bytes : 0;
    this.#chunks = framing.type === 'chunked' ? new ChunkReader({ extras: 'dropped' }) : null;
    this.#noteKeepAlive(head);
    if (this.#relay?.onHead(head.status, head.headers) !== true) {
      this.abort();
      return;
    }
    if (rest.length > 0 || (framing.type === 'length' && framing.bytes === 0)) this.#onBody(rest);
    else this.#awaitMore();
  }

  #onBody(chunk: Buffer): void {
    const framing = this.#head?.framing.type;
    if (framing === 'chunked') return this.#onChunks(chunk);
    if (framing === 'untilClose') return this.#pass(chunk, false);
    if (chunk.length > this.#bytesLeft) {
      const last = chunk.subarray(0, this.#bytesLeft);
      return this.#finish(last, true);
    }
    this.#bytesLeft -= chunk.length;
    if (this.#bytesLeft === 0) this.#finish(chunk, false);
    else this.#pass(chunk, false);
  }

  #onChunks(buffer: Buffer): void {
    const chunks = this.#chunks as ChunkReader;
    const pieces: Buffer[] = [];
    const reading = chunks.read(buffer, (piece) => pieces.push(piece));
    if (reading === 'malformed') return this.#doubt('the chunks of the answer are malformed');
    if (reading === 'ended') return this.#finish(joined(pieces), chunks.consumed < buffer.length);
    if (pieces.length > 0) this.#pass(joined(pieces), false);
    else this.#awaitMore();
  }

  #pass(bytes: Buffer, isLast: boolean): void {
    this.#awaitMore();
    this.#relay?.onBytes(bytes, isLast);
  }

  #awaitMore(): void {
    if (!this.#isPaused) this.deadlineMs = this.pool.deadlines.nowMs + this.pool.limits.streamIdleTimeoutMs;
  }

  /** The answer is whole. `isFollowed`: by bytes nobody asked for. */
  #finish(last: Buffer, isFollowed: boolean): void {
    const relay = this.#relay;
    const mayServeAgain = this.#head?.keepAlive === true && !isFollowed && this.#keepAliveMs > 0;
    this.#relay = null;
    this.#head = null;
    this.#chunks = null;
    if (mayServeAgain) {
      this.deadlineMs = this.pool.deadlines.nowMs + this.#keepAliveMs;
      this.pool.onIdle(this);
    } else {
      this.#socket.destroy();
    }
    if (last.length > 0) relay?.onBytes(last, true);
    else relay?.onComplete();
  }

  #onEnd(): void {
    if (this.#head?.framing.type === 'untilClose') return this.#finish(EMPTY, true);
    this.#fail('closed', 'the replica closed the connection');
    this.#socket.destroy();
  }

  #doubt(detail: string): void {
    this.#fail('protocol', detail);
    this.#socket.destroy();
  }

  #fail(failure: UpstreamFailure, detail: string): void {
    const relay = this.#relay;
    this.#relay = null;
    relay?.onFailure(failure, detail);
  }

  #noteKeepAlive({ headers }: AnswerHead): void {
    const hint = headers['keep-alive'];
    const seconds = typeof hint === 'string' ? KEEP_ALIVE_TIMEOUT.exec(hint)?.[1] : undefined;
    if (seconds === undefined) return;
    this.#keepAliveMs = Math.min(this.pool.limits.upstreamKeepAliveMs, Number(seconds) * 1_000 - KEEP_ALIVE_MARGIN_MS);
  }
}
