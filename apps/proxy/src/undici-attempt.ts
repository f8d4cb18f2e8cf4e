import type { Dispatcher } from 'undici';
import type { AnswerRelay, UpstreamControl } from './answer-relay.js';
import type { UpstreamFailure } from './forward-engine.js';

type Controller = Dispatcher.DispatchController;

/** What undici says of one request, said to the relay. */
export class UndiciAttempt implements Dispatcher.DispatchHandler, UpstreamControl {
  #controller: Controller | null = null;
  /** -1: not said. */
  #bytesLeft = -1;

  constructor(private readonly relay: AnswerRelay) {}

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (!this.relay.onSent(this)) this.abort();
  }

  onResponseStart(_controller: Controller, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status < 200) return;
    const length = headers['content-length'];
    this.#bytesLeft = typeof length === 'string' ? Number(length) : -1;
    if (!this.relay.onHead(status, headers)) this.abort();
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    if (this.#bytesLeft >= 0) this.#bytesLeft -= chunk.length;
    this.relay.onBytes(chunk, this.#bytesLeft === 0);
  }

  onResponseEnd(): void {
    this.relay.onComplete();
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    this.relay.onFailure(failureOf(error), error.message);
  }

  abort(): void {
    this.#controller?.abort(NOT_WANTED);
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }
}

const NOT_WANTED = new Error('the answer is not wanted');

const CONNECT_ERRORS: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const TIMEOUT_ERRORS: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
const CLOSED_ERRORS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET', 'UND_ERR_INFO', 'UND_ERR_ABORTED']);

function failureOf(error: Error & { readonly code?: unknown }): UpstreamFailure {
  const code = typeof error.code === 'string' ? error.code : '';
  if (CONNECT_ERRORS.has(code)) return 'connect';
  if (TIMEOUT_ERRORS.has(code)) return 'timeout';
  if (CLOSED_ERRORS.has(code)) return 'closed';
  return 'protocol';
}
