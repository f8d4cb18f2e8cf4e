/** How much of an answer's end is searched for its `usage`. */
const TAIL_BYTES_MAX = 2_048;
const DIGITS_MAX = 15;

const USAGE = Buffer.from('"usage"');
const PROMPT_TOKENS = Buffer.from('"prompt_tokens"');
const COMPLETION_TOKENS = Buffer.from('"completion_tokens"');
const DONE = Buffer.from('data: [DONE]');

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COLON = 0x3a;
const LETTER_D = 0x64;
const OPENING_BRACE = 0x7b;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * What an answer tells of its tokens while it passes; its bytes stay as they are. Events of a stream are counted, each
 * as a token: engines send one each, or some that were made together. The `usage` of OpenAI's answers is looked for in the last
 * two chunks only, where engines put it. A quote inside a JSON string is escaped, so what looks like a key is one.
 */
export class AnswerReading {
  /** Events of a stream but for the closing `[DONE]`. */
  events = 0;
  promptTokens: number | null = null;
  completionTokens: number | null = null;
  /** The first byte of a line that has not all come; 0: there is none yet. */
  #lineBegins = 0;
  #eventHasData = false;
  #last: Buffer | null = null;
  #beforeLast: Buffer | null = null;

  /** `isReadable`: not compressed; else it tells nothing but that it is a stream. */
  constructor(
    readonly isStream: boolean,
    private readonly isReadable: boolean,
  ) {}

  note(chunk: Buffer): void {
    if (!this.isReadable) return;
    this.#beforeLast = this.#last;
    this.#last = chunk;
    if (this.isStream) this.#countEvents(chunk);
  }

  /** The answer is over. */
  finish(): void {
    const last = this.#last;
    if (last === null) return;
    if (this.isStream && this.events > 0 && tailOf(last).lastIndexOf(DONE) !== -1) this.events -= 1;
    if (!this.#readUsage(last) && this.#beforeLast !== null) {
      // It may lie across both, or in the one before the `[DONE]`.
      const before = tailOf(this.#beforeLast);
      this.#readUsage(last.length < TAIL_BYTES_MAX ? Buffer.concat([before, last]) : before);
    }
    this.#last = null;
    this.#beforeLast = null;
  }

  /** An event is lines that begin with `data`, up to an empty one; comments, by which some keep a connection alive, are none. */
  #countEvents(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      const begins = this.#lineBegins > 0 ? this.#lineBegins : (chunk[from] as number);
      this.#lineBegins = 0;
      from = at + 1;
      if (begins === LETTER_D) this.#eventHasData = true;
      else if (this.#eventHasData && (begins === LINE_FEED || begins === CARRIAGE_RETURN)) {
        this.events += 1;
        this.#eventHasData = false;
      }
    }
    if (from < chunk.length && this.#lineBegins === 0) this.#lineBegins = chunk[from] as number;
  }

  /** False: it does not say. */
  #readUsage(chunk: Buffer): boolean {
    const tail = tailOf(chunk);
    const at = tail.lastIndexOf(USAGE);
    if (at === -1 || tail[valueStart(tail, at + USAGE.length)] !== OPENING_BRACE) return false;
    this.promptTokens = numberAfter(tail, PROMPT_TOKENS, at);
    this.completionTokens = numberAfter(tail, COMPLETION_TOKENS, at);
    return this.promptTokens !== null || this.completionTokens !== null;
  }
}

const tailOf = (chunk: Buffer): Buffer => (chunk.length > TAIL_BYTES_MAX ? chunk.subarray(chunk.length - TAIL_BYTES_MAX) : chunk);

/** Where the value of a key begins that ends before `at`. */
function valueStart(json: Buffer, at: number): number {
  let next = at;
  while (json[next] === COLON || json[next] === SPACE) next += 1;
  return next;
}

/** The whole number that a key has for its value, null if it is not there or has none. */
function numberAfter(json: Buffer, key: Buffer, from: number): number | null {
  const found = json.indexOf(key, from);
  if (found === -1) return null;
  const start = valueStart(json, found + key.length);
  let value = 0;
  let at = start;
  for (; at < json.length && at - start < DIGITS_MAX; at += 1) {
    const digit = json[at] as number;
    if (digit < ZERO || digit > NINE) break;
    value = value * 10 + (digit - ZERO);
  }
  return at === start ? null : value;
}
