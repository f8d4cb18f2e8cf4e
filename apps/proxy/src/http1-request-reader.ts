import type { EngineLimits, HeadMemo } from './forward-engine.js';
import { parseRequestHead, type RequestHead } from './http1-head.js';
import { RepeatedHead } from './http1-repeated-head.js';

const HEAD_END = '\r\n\r\n';
const FIRST_LETTER = /^[A-Z]/;
/** What can be told of a head before it is whole; the rest is told when it is. */
const BAD_IN_HEAD = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n|$)|(?<!\r)\n/g;
const EMPTY: Buffer = Buffer.alloc(0);

export type HeadReading = { readonly head: RequestHead; readonly memo: HeadMemo } | 'unfinished' | 'malformed' | 'headTooLarge';

/** The bytes of a connection that have not been understood yet, and the heads among them. */
export class RequestReader {
  #unread: Buffer = EMPTY;
  /** How much of an unfinished head has been looked at. */
  #judgedBytes = 0;
  readonly #lastHead = new RepeatedHead();

  constructor(private readonly limits: EngineLimits) {}

  get bytes(): number {
    return this.#unread.length;
  }

  push(chunk: Buffer): void {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
  }

  take(): Buffer {
    const unread = this.#unread;
    this.#unread = EMPTY;
    return unread;
  }

  giveBack(bytes: Buffer): void {
    this.#unread = bytes;
  }

  /** Takes the next head off, if it is whole. Each byte of an unfinished one is looked at once, however slowly it comes. */
  nextHead(): HeadReading {
    const repeated = this.#judgedBytes === 0 ? this.#lastHead.match(this.#unread) : null;
    if (repeated !== null) {
      this.#advance(repeated.bytes);
      return repeated;
    }
    const end = this.#unread.indexOf(HEAD_END, Math.max(0, this.#judgedBytes - HEAD_END.length));
    if (end === -1 || end > this.limits.headBytesMax) return this.#judgeUnfinished();
    const text = this.#unread.toString('latin1', 0, end);
    const head = parseRequestHead(text, this.limits.headersMax);
    if (head === null) return 'malformed';
    if (head === 'tooManyHeaders') return 'headTooLarge';
    const memo: HeadMemo = { kept: null };
    this.#lastHead.keep(head, memo, this.#unread, text);
    this.#judgedBytes = 0;
    this.#advance(end + HEAD_END.length);
    return { head, memo };
  }

  #judgeUnfinished(): HeadReading {
    if (this.#unread.length > this.limits.headBytesMax) return 'headTooLarge';
    const text = this.#unread.toString('latin1', Math.max(0, this.#judgedBytes - 1));
    BAD_IN_HEAD.lastIndex = Math.min(1, this.#judgedBytes); // the byte judged last is only looked back at
    const isBad = (this.#judgedBytes === 0 && !FIRST_LETTER.test(text)) || BAD_IN_HEAD.test(text);
    this.#judgedBytes = this.#unread.length;
    return isBad ? 'malformed' : 'unfinished';
  }

  #advance(bytes: number): void {
    this.#unread = this.#unread.length === bytes ? EMPTY : this.#unread.subarray(bytes);
  }
}
