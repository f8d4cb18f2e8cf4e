import type { IncomingMessage } from 'node:http';
import { JSON_DEPTH_MAX } from './limits.js';
import { badRequest, type Problem } from './openai-errors.js';

export type BodyOutcome = { readonly body: unknown } | { readonly problem: Problem } | 'aborted';

/** Reads a whole request body as JSON. `aborted`: the client went away and nobody is left to answer. */
export async function readJsonBody(request: IncomingMessage, bytesMax: number): Promise<BodyOutcome> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > bytesMax) return { problem: bodyTooLarge(bytesMax) };
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // not destroyed on an early return: the answer still has to go out over this socket, and Node reads the rest away
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) return { problem: bodyTooLarge(bytesMax) };
      chunks.push(chunk);
    }
  } catch {
    return 'aborted'; // the only failure of a request stream
  }
  return parseJson(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
}

/** Strict UTF-8, bounded depth. */
export function parseJson(bytes: Buffer): { readonly body: unknown } | { readonly problem: Problem } {
  if (isDeeperThan(bytes, JSON_DEPTH_MAX))
    return { problem: badRequest(`The request body is nested deeper than ${JSON_DEPTH_MAX} levels.`) };
  try {
    return { body: JSON.parse(utf8.decode(bytes)) as unknown };
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'is not valid JSON' : 'is not valid UTF-8';
    return { problem: badRequest(`The request body ${why}.`) };
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

const [QUOTE, BACKSLASH, BRACE_OPEN, BRACE_CLOSE, BRACKET_OPEN, BRACKET_CLOSE] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];

/** Counts brackets outside strings, before anything is built from them. */
function isDeeperThan(bytes: Buffer, depthMax: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (inString) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === BRACE_OPEN || byte === BRACKET_OPEN) {
      if (++depth > depthMax) return true;
    } else if (byte === BRACE_CLOSE || byte === BRACKET_CLOSE) depth--;
  }
  return false;
}

function bodyTooLarge(bytesMax: number): Problem {
  const message = `The request body is larger than ${bytesMax} bytes.`;
  return { status: 413, type: 'invalid_request_error', code: 'request_too_large', param: null, message };
}
