/** Header values by lower-case name; `set-cookie` alone is a list when it occurs more than once. */
export type HeadHeaders = Record<string, string | string[] | undefined>;

/** How a message's body is bounded. `untilClose` is for answers only. */
export type BodyFraming = { readonly type: 'length'; readonly bytes: number } | { readonly type: 'chunked' } | { readonly type: 'untilClose' };

export type RequestHead = {
  readonly method: string;
  readonly target: string;
  readonly headers: HeadHeaders;
  readonly framing: BodyFraming;
  readonly keepAlive: boolean;
};

export type AnswerHead = {
  readonly status: number;
  readonly headers: HeadHeaders;
  readonly framing: BodyFraming;
  readonly keepAlive: boolean;
};

const NO_BODY: BodyFraming = { type: 'length', bytes: 0 };
const CHUNKED: BodyFraming = { type: 'chunked' };
const UNTIL_CLOSE: BodyFraming = { type: 'untilClose' };

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const ORIGIN_FORM = /^\/[\x21\x22\x24-\x7e]*$/;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;

/** What no head may hold: control characters, and CR or LF outside of CRLF. Two parsers could end a line at them or not. */
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/;

/**
 * The head of a request, without its empty line, as strictly as RFC 9112 lets a server be: HTTP/1.1 in origin form, one
 * Host, one way to find the end of the body. Null if there is any doubt.
 */
export function parseRequestHead(text: string, headersMax: number): RequestHead | 'tooManyHeaders' | null {
  if (FORBIDDEN.test(text)) return null;
  const lineEnd = endOfLine(text, 0);
  const method = text.slice(0, text.indexOf(' '));
  const target = text.slice(method.length + 1, lineEnd - VERSION.length);
  if (!METHODS.has(method) || !text.startsWith(VERSION, lineEnd - VERSION.length) || !ORIGIN_FORM.test(target)) return null;
  const headers = parseHeaders(text, lineEnd + 2, headersMax, ONCE_IN_REQUEST);
  if (typeof headers !== 'object' || headers === null) return headers;
  if (headers['host'] === undefined) return null;
  const framing = framingOf(headers, NO_BODY);
  return framing === null ? null : { method, target, headers, framing, keepAlive: !says(headers['connection'], 'close') };
}

/** The head of an answer to a POST, without its empty line. Null if there is any doubt. */
export function parseAnswerHead(text: string, headersMax: number): AnswerHead | null {
  if (FORBIDDEN.test(text)) return null;
  const lineEnd = endOfLine(text, 0);
  const match = STATUS_LINE.exec(text.slice(0, lineEnd));
  if (match === null) return null;
  const headers = parseHeaders(text, lineEnd + 2, headersMax, ONCE_IN_ANSWER);
  if (typeof headers !== 'object' || headers === null) return null;
  const status = Number(match[2]);
  const isBodyless = status < 200 || status === 204 || status === 304;
  const framing = framingOf(headers, UNTIL_CLOSE);
  if (framing === null) return null;
  const keepAlive = match[1] === '1' && !says(headers['connection'], 'close') && (isBodyless || framing.type !== 'untilClose');
  // A length or chunks where no body may be: whether they follow cannot be known.
  const isDoubtful = isBodyless && status !== 304 && (framing.type === 'chunked' || (framing.type === 'length' && framing.bytes > 0));
  return { status, headers, framing: isBodyless ? NO_BODY : framing, keepAlive: keepAlive && !isDoubtful };
}

const VERSION = ' HTTP/1.1';

const endOfLine = (text: string, from: number): number => {
  const end = text.indexOf('\r\n', from);
  return end === -1 ? text.length : end;
};

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const LETTER_CASES_KNOWN_MAX = 512;
/** Header names as they came → in lower case; checked when they first came. */
const knownNames = new Map<string, string>();

/** These decide what a message is: said twice, two readers may take different ones. */
const ONCE_IN_ANSWER: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);
const ONCE_IN_REQUEST: ReadonlySet<string> = new Set([...ONCE_IN_ANSWER, 'host', 'authorization', 'content-type']);

function parseHeaders(text: string, from: number, headersMax: number, onceOnly: ReadonlySet<string>): HeadHeaders | 'tooManyHeaders' | null {
  const headers = Object.create(null) as HeadHeaders;
  let count = 0;
  for (let at = from; at < text.length; ) {
    const end = endOfLine(text, at);
    const colon = text.indexOf(':', at);
    if (colon === -1 || colon > end) return null;
    const name = lowerCased(text.slice(at, colon));
    if (name === null) return null;
    if ((count += 1) > headersMax) return 'tooManyHeaders';
    const value = trimmed(text, colon + 1, end);
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else if (onceOnly.has(name)) return null;
    else if (name === 'set-cookie') headers[name] = [before, value].flat();
    else headers[name] = `${before as string}, ${value}`;
    at = end + 2;
  }
  return headers;
}

function lowerCased(name: string): string | null {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  if (!TOKEN.test(name)) return null;
  const lower = name.toLowerCase();
  if (knownNames.size < LETTER_CASES_KNOWN_MAX) knownNames.set(name, lower);
  return lower;
}

function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

const LENGTH = /^\d{1,15}$/;

function framingOf(headers: HeadHeaders, otherwise: BodyFraming): BodyFraming | null {
  const length = headers['content-length'];
  const encoding = headers['transfer-encoding'];
  if (encoding !== undefined) return length === undefined && (encoding as string).toLowerCase() === 'chunked' ? CHUNKED : null;
  if (length === undefined) return otherwise;
  return LENGTH.test(length as string) ? { type: 'length', bytes: Number(length) } : null;
}

function says(connection: string | string[] | undefined, option: string): boolean {
  if (connection === undefined) return false;
  const text = (connection as string).toLowerCase();
  return text === option || (text.includes(option) && text.split(',').some((one) => one.trim() === option));
}
