import type { AnswerListener, FlatHeaders, ForwardOutcome, UpstreamFailure } from './forward-engine.js';

const COMPLETED: ForwardOutcome = { type: 'completed' };
const DROPPED: ForwardOutcome = { type: 'dropped' };

/** The client's side of one exchange, as an engine writes to it. */
export type AnswerSink = {
  /** Status and headers; may be held until the first bytes. Without a content-length the sink frames the body itself. */
  writeHead(status: number, headers: FlatHeaders): void;
  flushHead(): void;
  /** False: the client reads slower than this; `onDrain` will say when it has caught up. */
  write(chunk: Buffer): boolean;
  end(chunk: Buffer | null): void;
  /** Ends the connection without ending the answer. */
  cut(): void;
  onDrain(listener: (() => void) | null): void;
};

/** For answers nobody waits for: takes everything, and keeps none of it. */
export const NOBODY: AnswerSink = {
  writeHead: () => undefined,
  flushHead: () => undefined,
  write: () => true,
  end: () => undefined,
  cut: () => undefined,
  onDrain: () => undefined,
};

/** The replica's side. */
export type UpstreamControl = {
  /** Ends the connection; nothing more is heard from it. */
  abort(): void;
  pause(): void;
  resume(): void;
};

/**
 * One try to have an upstream answer a request: writes what comes straight to the client, holding back the head until
 * the first byte of the body, so that an upstream which dies in between can still be replaced. Event streams do not wait.
 */
export class AnswerRelay {
  #upstream: UpstreamControl | null = null;
  #state: 'asked' | 'headHeld' | 'streaming' | 'over' = 'asked';
  #byteHasCome = false;
  #status = 0;
  #heldHead: FlatHeaders = [];
  #stallTimer: NodeJS.Timeout | null = null;

  constructor(
    private readonly sink: AnswerSink,
    private readonly listener: AnswerListener,
    private readonly onEnd: (outcome: ForwardOutcome) => void,
    private readonly clientStallTimeoutMs: number,
  ) {}

  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** The upstream that has the request now. False: it is not wanted any more. */
  onSent(upstream: UpstreamControl): boolean {
    this.#upstream = upstream;
    return this.#state !== 'over';
  }

  /** False: the answer is not wanted, and the relay is over. */
  onHead(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
    if (this.#state === 'over') return false;
    const head = this.listener.onUpstreamHead(status, headers);
    if (head === null) {
      this.#end(DROPPED);
      return false;
    }
    this.#status = status;
    this.#heldHead = head;
    this.#state = 'headHeld';
    const type = headers['content-type'];
    if (typeof type === 'string' && type.startsWith('text/event-stream')) process.nextTick(flushHead, this);
    return true;
  }

  /** Bytes of the body; `isLast` if nothing follows them. */
  onBytes(chunk: Buffer, isLast: boolean): void {
    if (this.#state === 'over') return;
    this.#noteFirstByte();
    this.listener.onAnswerBytes(chunk);
    if (this.#state === 'headHeld') this.#writeHead();
    if (isLast) {
      this.sink.end(chunk);
      this.#end(COMPLETED);
    } else if (!this.sink.write(chunk)) this.#pauseUntilDrained();
  }

  onComplete(): void {
    if (this.#state === 'over') return;
    this.#noteFirstByte();
    if (this.#state === 'headHeld') this.#writeHead();
    this.sink.end(null);
    this.#end(COMPLETED);
  }

  onFailure(failure: UpstreamFailure, detail: string): void {
    if (this.#state === 'over') return;
    if (this.#state !== 'streaming') return this.#end({ type: 'failed', failure, detail });
    this.#end({ type: 'cut', failure, detail });
    this.sink.cut();
  }

  /** The client is gone: no more is heard from this relay, and its upstream connection ends now. */
  abandon(): void {
    if (this.#state === 'over') return;
    this.#finish();
    this.#upstream?.abort();
  }

  /** Sends the head of an event stream if no byte of the stream has come with it. */
  flushHead(): void {
    if (this.#state !== 'headHeld') return;
    this.#writeHead();
    this.sink.flushHead();
  }

  #noteFirstByte(): void {
    if (this.#byteHasCome) return;
    this.#byteHasCome = true;
    this.listener.onFirstByte();
  }

  #writeHead(): void {
    this.#state = 'streaming';
    this.sink.writeHead(this.#status, this.#heldHead);
  }

  /** The client reads slower than the upstream writes: read no more until it has caught up, and cut it off if it never does. */
  #pauseUntilDrained(): void {
    if (this.#stallTimer !== null) return;
    this.#upstream?.pause();
    this.sink.onDrain(() => {
      this.#stopWaitingForDrain();
      this.#upstream?.resume();
    });
    this.#stallTimer = setTimeout(() => this.#cutStalledClient(), this.clientStallTimeoutMs);
  }

  #cutStalledClient(): void {
    this.#end({ type: 'cut', failure: 'stalled', detail: `the client read nothing for ${this.clientStallTimeoutMs} ms` });
    this.#upstream?.abort();
    this.sink.cut();
  }

  #stopWaitingForDrain(): void {
    if (this.#stallTimer === null) return;
    clearTimeout(this.#stallTimer);
    this.#stallTimer = null;
    this.sink.onDrain(null);
  }

  #end(outcome: ForwardOutcome): void {
    this.#finish();
    this.onEnd(outcome);
  }

  #finish(): void {
    this.#state = 'over';
    this.#stopWaitingForDrain();
  }
}

function flushHead(relay: AnswerRelay): void {
  relay.flushHead();
}
