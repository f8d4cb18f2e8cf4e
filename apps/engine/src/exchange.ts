import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorBody, type Problem } from './openai-errors.js';
import { requestIdOf } from './request-id.js';

/** One request and its answer. */
export type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** `performance.now()` when the request came in. */
  readonly arrivedMs: number;
  /** Aborts when the client goes away before the answer is complete, or on `abort`. */
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
  readonly stallTimeoutMs: number;
  abort(): void;
  sendJson(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void;
  sendText(status: number, contentType: string, text: string): void;
  /** As an answer, or as the last event of a stream that has begun. */
  sendProblem(problem: Problem): void;
};

export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { stallTimeoutMs }: { readonly stallTimeoutMs: number },
): Exchange {
  const controller = new AbortController();
  const requestId = requestIdOf(request);
  const headers = { 'x-request-id': requestId };
  // the request's own 'close' comes as soon as its body is read, so the response tells
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  const sendText = (status: number, contentType: string, text: string, more: Readonly<Record<string, string>> = {}) => {
    if (response.destroyed || response.headersSent) return;
    const length = { 'content-type': contentType, 'content-length': Buffer.byteLength(text) };
    response.writeHead(status, { ...headers, ...more, ...length });
    response.end(request.method === 'HEAD' ? undefined : text);
  };
  const sendJson: Exchange['sendJson'] = (status, body, more) =>
    sendText(status, 'application/json; charset=utf-8', JSON.stringify(body), more);

  return {
    request,
    response,
    requestId,
    arrivedMs: performance.now(),
    signal: controller.signal,
    headers,
    stallTimeoutMs,
    abort: () => controller.abort(),
    sendJson,
    sendText: (status, contentType, text) => sendText(status, contentType, text),
    sendProblem(problem) {
      if (!response.headersSent) sendJson(problem.status, errorBody(problem), problem.headers);
      else if (!response.writableEnded && !response.destroyed) response.end(`data: ${JSON.stringify(errorBody(problem))}\n\n`);
    },
  };
}
