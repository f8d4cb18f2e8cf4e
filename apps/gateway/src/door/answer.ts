import { isSlipwayError, type SlipwayError } from '@slipway/contracts';
import { toGraphQLError, type Logger } from '@slipway/service';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** On every answer: nothing here may be cached, sniffed or framed. */
const SAFE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' };

/** Sends an error of the door itself, in the shape that every GraphQL client understands. */
export function refuse(response: ServerResponse, error: unknown, requestId: string, logger: Logger, httpStatus?: number): void {
  if (response.headersSent || response.destroyed) return;
  const status = httpStatus ?? (isSlipwayError(error) ? error.status : 500);
  const { message, extensions } = toGraphQLError(error, requestId, logger);
  logger.info({ event: 'request.refused', requestId, status, code: extensions['code'] }, 'request refused');
  send(response, status, { 'content-type': 'application/json; charset=utf-8', 'x-request-id': requestId, ...challenge(error) }, {
    errors: [{ message, extensions: { ...extensions, status } }],
  });
}

export function send(response: ServerResponse, status: number, headers: Record<string, string>, body: object | string): void {
  const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  response.writeHead(status, { ...SAFE_HEADERS, 'content-length': String(content.length), ...headers });
  response.end(content);
}

/**
 * Copies a fetch response, streaming, no faster than the client takes it, and lets the stream go as soon as the client has
 * left. One that takes nothing for `stallTimeoutMs` is cut off, so that it holds nothing open for ever.
 */
export async function pass(answer: Response, response: ServerResponse, requestId: string, stallTimeoutMs: number): Promise<void> {
  answer.headers.forEach((value, name) => response.setHeader(name, value));
  response.writeHead(answer.status, { ...SAFE_HEADERS, 'x-request-id': requestId });
  const reader = answer.body?.getReader();
  const left = once(response, 'close').then(() => reader?.cancel());
  left.catch(() => undefined);
  try {
    for (let part = await reader?.read(); part !== undefined && !part.done && !response.destroyed; part = await reader?.read()) {
      if (response.write(part.value)) continue;
      // Node counts it as progress when a part of what waits was taken, and destroys the connection when nothing was.
      response.setTimeout(stallTimeoutMs);
      await Promise.race([once(response, 'drain'), left]);
      response.setTimeout(0);
    }
  } finally {
    response.setTimeout(stallTimeoutMs);
    response.end();
  }
}

function challenge(error: unknown): Record<string, string> {
  return isSlipwayError(error) && (error as SlipwayError).code === 'UNAUTHENTICATED' ? { 'www-authenticate': 'Bearer' } : {};
}
