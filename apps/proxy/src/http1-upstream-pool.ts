import { AnswerRelay, NOBODY } from './answer-relay.js';
import type { AnswerListener, EngineLimits, Upstream, UpstreamMessage } from './forward-engine.js';
import type { Deadlines } from './http1-engine-state.js';
import { UpstreamConnection } from './http1-upstream-connection.js';

/** One request to be sent, and who hears of its answer. */
export type UpstreamRequest = UpstreamMessage & { readonly relay: AnswerRelay };

/** The connections to one address: each carries one request at a time, idle ones wait for the next. */
export class UpstreamPool implements Upstream {
  readonly #idle: UpstreamConnection[] = [];
  readonly #all = new Set<UpstreamConnection>();
  readonly #waiting: UpstreamRequest[] = [];
  #released = false;

  constructor(
    readonly host: string,
    readonly port: number,
    readonly limits: EngineLimits,
    readonly deadlines: Deadlines,
    readonly onBug: (error: unknown) => void,
    private readonly onReleased: (pool: UpstreamPool) => void,
  ) {}

  send(request: UpstreamRequest): void {
    const idle = this.#takeIdle();
    if (idle !== null) idle.send(request);
    else if (this.#all.size < this.limits.upstreamConnectionsPerReplicaMax) this.#connect().send(request);
    else this.#waiting.push(request);
  }

  sendApart(message: UpstreamMessage, listener: AnswerListener): () => void {
    const relay = new AnswerRelay(NOBODY, listener, (outcome) => listener.onUpstreamEnd(outcome), this.limits.clientStallTimeoutMs);
    this.send({ ...message, relay });
    return () => relay.abandon();
  }

  release(): void {
    this.#released = true;
    for (const connection of this.#idle.splice(0)) connection.close();
    this.#lookReleased();
  }

  destroy(): void {
    this.#released = true;
    for (const connection of this.#all) connection.close();
  }

  /** A connection has done its request and can take another. */
  onIdle(connection: UpstreamConnection): void {
    const next = this.#takeWaiting();
    if (next !== null) connection.send(next);
    else if (this.#released) connection.close();
    else this.#idle.push(connection);
  }

  onClosed(connection: UpstreamConnection): void {
    this.#all.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    const next = this.#takeWaiting();
    if (next !== null) this.#connect().send(next);
    else this.#lookReleased();
  }

  #connect(): UpstreamConnection {
    const connection = new UpstreamConnection(this);
    this.#all.add(connection);
    return connection;
  }

  /** The one used last: it is the least likely to have been closed at the other end. */
  #takeIdle(): UpstreamConnection | null {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle === undefined) return null;
      if (idle.isOpen) return idle;
    }
  }

  #takeWaiting(): UpstreamRequest | null {
    for (;;) {
      const next = this.#waiting.shift();
      if (next === undefined) return null;
      if (!next.relay.isOver) return next;
    }
  }

  #lookReleased(): void {
    if (this.#released && this.#all.size === 0) this.onReleased(this);
  }
}
