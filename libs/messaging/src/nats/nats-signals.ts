import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { SIGNALS_SUBJECT } from '@slipway/contracts';
import type { Json } from '@slipway/domain';
import { DropOldestQueue } from '../drop-oldest-queue.js';
import { SignalDelivery } from '../signal-delivery.js';
import { assertSubject, SEND_QUEUE_MAX, SIGNAL_MAX_BYTES, type Signals, type Unsubscribe } from '../signals.js';
import type { NatsLink } from './nats-link.js';

type Waiting = { readonly subject: string; readonly payload: string };

/** Signals over core NATS. Own handlers are told without it, so the connection must not echo. */
export class NatsSignals implements Signals {
  readonly #link: NatsLink;
  readonly #delivery = new SignalDelivery();
  readonly #waiting = new DropOldestQueue<Waiting>(SEND_QUEUE_MAX);
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #stopWatching: Unsubscribe;
  #subscribedOn: NatsConnection | null = null;
  #isSending = false;
  #dropped = 0;
  #isClosed = false;

  constructor(link: NatsLink) {
    this.#link = link;
    this.#stopWatching = link.onChange(() => this.#subscribeAll());
  }

  publish(subject: string, payload: Json): void {
    assertSubject(subject);
    const text = JSON.stringify(payload);
    if (this.#isClosed || Buffer.byteLength(text) > SIGNAL_MAX_BYTES) {
      this.#dropped++;
      return;
    }
    this.#delivery.deliver(subject, text);
    // Not kept for later: a signal is of now, and the next one will say more.
    if (this.#link.connection() === null) this.#dropped++;
    else {
      this.#waiting.push({ subject, payload: text });
      if (!this.#isSending) void this.#send();
    }
  }

  subscribe(subject: string, handler: (payload: Json) => void): Unsubscribe {
    assertSubject(subject);
    if (this.#isClosed) return () => undefined;
    const remove = this.#delivery.add(subject, handler);
    this.#subscribeAll();
    return () => {
      remove();
      if (this.#delivery.has(subject)) return;
      this.#subscriptions.get(subject)?.unsubscribe();
      this.#subscriptions.delete(subject);
    };
  }

  get droppedCount(): number {
    return this.#dropped + this.#delivery.droppedCount + this.#waiting.droppedCount;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopWatching();
    this.#delivery.close();
    this.#waiting.clear();
    for (const subscription of this.#subscriptions.values()) subscription.unsubscribe();
    this.#subscriptions.clear();
  }

  /** As much as the queue holds, then the server's word that it has come so far: the client itself would buffer without limit. */
  async #send(): Promise<void> {
    this.#isSending = true;
    await new Promise(setImmediate);
    for (let connection = this.#link.connection(); this.#waiting.length > 0; connection = this.#link.connection()) {
      if (connection === null) {
        this.#waiting.clear();
        break;
      }
      try {
        for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
          connection.publish(`${SIGNALS_SUBJECT}.${next.subject}`, next.payload);
        await connection.flush();
      } catch {
        this.#waiting.clear(); // the connection is closed
      }
    }
    this.#isSending = false;
  }

  /** The client subscribes again by itself when a connection comes back; another one knows nothing yet. */
  #subscribeAll(): void {
    const connection = this.#link.connection();
    if (connection === null || connection.isClosed()) return;
    if (connection !== this.#subscribedOn) this.#subscriptions.clear();
    this.#subscribedOn = connection;
    for (const subject of this.#delivery.subjects()) {
      if (this.#subscriptions.has(subject)) continue;
      const callback = (error: Error | null, message: { string(): string }): void => {
        if (error === null) this.#received(subject, message.string());
      };
      this.#subscriptions.set(subject, connection.subscribe(`${SIGNALS_SUBJECT}.${subject}`, { callback }));
    }
  }

  /** Others may publish there too: what is no signal is dropped. */
  #received(subject: string, payload: string): void {
    try {
      JSON.parse(payload);
    } catch {
      this.#dropped++;
      return;
    }
    if (payload.length > SIGNAL_MAX_BYTES) this.#dropped++;
    else this.#delivery.deliver(subject, payload);
  }
}
