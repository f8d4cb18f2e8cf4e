import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FlatHeaders } from './forward-engine.js';

/** Head and body, or a chunk and its frame, go out as one buffer up to this size, as several beyond. */
const ONE_BUFFER_BYTES_MAX = 16 * 1024;

const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const CHUNK_END = Buffer.from('\r\n');

/** Writes one answer to a client in as few writes as there are reasons for one. */
export class AnswerWriter {
  #head: string | null = null;
  #isChunked = false;

  constructor(private readonly socket: Socket) {}

  /** `connectionLines` are whole header lines. The head waits for the first bytes, or for `flushHead`. */
  writeHead(status: number, headers: FlatHeaders, connectionLines: string): void {
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    let hasLength = status === 204 || status === 304;
    let hasDate = false;
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string;
      head += `${name}: ${headers[i + 1] as string}\r\n`;
      if (name === 'content-length') hasLength = true;
      else if (name === 'date') hasDate = true;
    }
    if (!hasDate) head += dateLine();
    this.#isChunked = !hasLength;
    this.#head = `${head}${connectionLines}${hasLength ? '' : 'transfer-encoding: chunked\r\n'}\r\n`;
  }

  flushHead(): void {
    if (this.#head === null) return;
    const head = this.#head;
    this.#head = null;
    this.socket.write(head, 'latin1');
  }

  /** False when the socket holds more than it likes to. */
  write(chunk: Buffer): boolean {
    return this.#send(chunk, '');
  }

  end(chunk: Buffer | null): void {
    if (chunk !== null && chunk.length > 0) this.#send(chunk, this.#isChunked ? '0\r\n\r\n' : '');
    else {
      this.flushHead();
      if (this.#isChunked) this.socket.write(LAST_CHUNK);
    }
  }

  #send(chunk: Buffer, tail: string): boolean {
    const lead = this.#head ?? '';
    this.#head = null;
    const before = this.#isChunked ? `${lead}${chunk.length.toString(16)}\r\n` : lead;
    const after = this.#isChunked ? `\r\n${tail}` : '';
    if (before.length === 0) return this.socket.write(chunk);
    if (chunk.length > ONE_BUFFER_BYTES_MAX) return this.#sendApart(before, chunk, tail);
    const whole = Buffer.allocUnsafe(before.length + chunk.length + after.length);
    whole.write(before, 0, 'latin1');
    chunk.copy(whole, before.length);
    if (after.length > 0) whole.write(after, before.length + chunk.length, 'latin1');
    return this.socket.write(whole);
  }

  #sendApart(before: string, chunk: Buffer, tail: string): boolean {
    const { socket } = this;
    socket.cork();
    socket.write(before, 'latin1');
    let isReady = socket.write(chunk);
    if (this.#isChunked) isReady = socket.write(tail === '' ? CHUNK_END : `\r\n${tail}`);
    socket.uncork();
    return isReady;
  }
}

let dateSecond = 0;
let date = '';

function dateLine(): string {
  const second = Math.floor(Date.now() / 1_000);
  if (second !== dateSecond) {
    dateSecond = second;
    date = `date: ${new Date(second * 1_000).toUTCString()}\r\n`;
  }
  return date;
}
