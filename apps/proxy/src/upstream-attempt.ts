import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { ExchangeListener, FlatHeaders, ForwardOutcome, UpstreamFailure } from './forward-engine.js';

const COMPLETED: ForwardOutcome = { type: 'completed' };
const DROPPED: ForwardOutcome = { type: 'dropped' };

type Controller = Dispatcher.DispatchController;

/** What an attempt tells its exchange, beside what the listener hears. */
export type AttemptOwner = {
  /** The head of the answer is about to be written. */
  beforeHead(): void;
  onAttemptEnd(outcome: ForwardOutcome): void;
};

/**
 * One try to have an upstream answer a request: writes what comes straight to the client, holding back the head until
 * the first byte of the body, so that an upstream which dies in between can still be replaced. Event streams do not wait.
 */
export class UpstreamAttempt implements Dispatcher.DispatchHandler {
  #controller: Controller | null = null;
  #state: 'asked' | 'headHeld' | 'streaming' | 'answered' | 'over' = 'asked';
  #dropped = false;
  #byteHasCome = false;
  #status = 0;
  #heldHead: FlatHeaders | null = null;
  /** -1: not said. */
  #contentLength = -1;
  #stallTimer: NodeJS.Timeout | null = null;
  #onDrain: (() => void) | null = null;

  constructor(
    private readonly response: ServerResponse,
    private readonly listener: ExchangeListener,
    private readonly owner: AttemptOwner,
    private readonly clientStallTimeoutMs: number,
  ) {}

  /** The client is gone: no more is heard from this attempt, and its upstream connection ends now. */
  abandon(): void {
    if (this.#state === 'over') return;
    this.#finish();
    this.#controller?.abort(CLIENT_GONE);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#state === 'over') controller.abort(CLIENT_GONE);
  }

  onResponseStart(controller: Controller, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status < 200 || this.#state === 'over') return;
    const head = this.listener.onUpstreamHead(status, headers);
    if (head === null) {
      this.#dropped = true;
      controller.abort(ANSWER_DROPPED);
      return;
    }
    this.#status = status;
    this.#heldHead = head;
    this.#state = 'headHeld';
    const length = headers['content-length'];
    this.#contentLength = typeof length === 'string' ? Number(length) : -1;
    const type = headers['content-type'];
    if (typeof type === 'string' && type.startsWith('text/event-stream')) process.nextTick(flushHead, this);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#state === 'over') return;
    const { response } = this;
    this.#noteFirstByte();
    if (this.#state === 'headHeld') {
      this.#writeHead();
      if (chunk.length === this.#contentLength) {
        this.#state = 'answered';
        response.end(chunk); // head and body in one go
        return;
      }
    }
    if (!response.write(chunk)) this.#pauseUntilDrained(controller);
  }

  onResponseEnd(): void {
    if (this.#state === 'over') return;
    this.#noteFirstByte();
    if (this.#state === 'headHeld') this.#writeHead();
    if (this.#state !== 'answered') this.response.end();
    this.#end(COMPLETED);
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    if (this.#state === 'over') return;
    if (this.#dropped) return this.#end(DROPPED);
    const failure = failureOf(error);
    if (this.#state === 'answered') return this.#end(COMPLETED);
    if (this.#state !== 'streaming') return this.#end({ type: 'failed', failure, detail: error.message });
    const outcome: ForwardOutcome = { type: 'cut', failure, detail: error.message };
    this.#end(outcome);
    this.response.destroy();
  }

  /** Sends the head of an event stream if no byte of the stream has come with it. */
  flushHead(): void {
    if (this.#state !== 'headHeld') return;
    this.#writeHead();
    this.response.flushHeaders();
  }

  #noteFirstByte(): void {
    if (this.#byteHasCome) return;
    this.#byteHasCome = true;
    this.listener.onFirstByte();
  }

  #writeHead(): void {
    this.#state = 'streaming';
    this.owner.beforeHead();
    this.response.writeHead(this.#status, this.#heldHead ?? []);
    this.#heldHead = null;
  }

  /** The client reads slower than the upstream writes: read no more until it has caught up, and cut it off if it never does. */
  #pauseUntilDrained(controller: Controller): void {
    if (this.#onDrain !== null) return;
    controller.pause();
    this.#onDrain = () => {
      this.#stopWaitingForDrain();
      controller.resume();
    };
    this.response.once('drain', this.#onDrain);
    this.#stallTimer = setTimeout(() => this.#cutStalledClient(), this.clientStallTimeoutMs);
  }

  #cutStalledClient(): void {
    if (this.#state === 'over') return;
    this.#end({ type: 'cut', failure: 'stalled', detail: `the client read nothing for ${this.clientStallTimeoutMs} ms` });
    this.#controller?.abort(CLIENT_GONE);
    this.response.destroy();
  }

  #stopWaitingForDrain(): void {
    if (this.#onDrain === null) return;
    if (this.#stallTimer !== null) clearTimeout(this.#stallTimer);
    this.response.removeListener('drain', this.#onDrain);
    this.#stallTimer = null;
    this.#onDrain = null;
  }

  #end(outcome: ForwardOutcome): void {
    this.#finish();
    this.owner.onAttemptEnd(outcome);
  }

  #finish(): void {
    this.#state = 'over';
    this.#stopWaitingForDrain();
  }
}

const CLIENT_GONE = new Error('the client is gone');
const ANSWER_DROPPED = new Error('the answer was dropped');

function flushHead(attempt: UpstreamAttempt): void {
  attempt.flushHead();
}

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
