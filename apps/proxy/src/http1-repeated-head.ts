import type { HeadMemo } from './forward-engine.js';
import type { RequestHead } from './http1-head.js';

const EMPTY = Buffer.alloc(0);
const HEAD_END_BYTES = 4;
const LENGTH_VALUE = /\r\ncontent-length:[ \t]*(?=\d)/i;
const DIGITS_MAX = 15;
const ZERO = 0x30;
const NINE = 0x39;

export type RepeatedRequest = {
  readonly head: RequestHead;
  readonly memo: HeadMemo;
  /** Of the head and its empty line. */
  readonly bytes: number;
};

/**
 * The last head of a connection. Clients send the same head again and again but for the length of the body; then
 * comparing bytes says all that parsing would, and what was worked out from the head before still holds.
 */
export class RepeatedHead {
  #head: RequestHead | null = null;
  #memo: HeadMemo = { kept: null };
  #before: Buffer = EMPTY;
  #after: Buffer = EMPTY;

  /** Keeps a head just parsed from these bytes; `text` is the head without its empty line. */
  keep(head: RequestHead, memo: HeadMemo, bytes: Buffer, text: string): void {
    this.#head = null;
    const match = head.framing.type === 'length' ? LENGTH_VALUE.exec(text) : null;
    if (match === null) return;
    const start = match.index + match[0].length;
    const end = text.indexOf('\r\n', start) === -1 ? text.length : text.indexOf('\r\n', start);
    this.#head = head;
    this.#memo = memo;
    this.#before = Buffer.from(bytes.subarray(0, start));
    this.#after = Buffer.from(bytes.subarray(end, text.length + HEAD_END_BYTES));
  }

  /** The request that begins with these bytes, if its head is the one kept with another length; else null. */
  match(bytes: Buffer): RepeatedRequest | null {
    const head = this.#head;
    if (head === null) return null;
    const start = this.#before.length;
    if (bytes.length <= start || bytes.compare(this.#before, 0, start, 0, start) !== 0) return null;
    let at = start;
    let length = 0;
    for (; at < bytes.length && at - start < DIGITS_MAX; at += 1) {
      const digit = bytes[at] as number;
      if (digit < ZERO || digit > NINE) break;
      length = length * 10 + (digit - ZERO);
    }
    const end = at + this.#after.length;
    if (at === start || bytes.length < end || bytes.compare(this.#after, 0, this.#after.length, at, end) !== 0) return null;
    return { head: { ...head, framing: { type: 'length', bytes: length } }, memo: this.#memo, bytes: end };
  }
}
