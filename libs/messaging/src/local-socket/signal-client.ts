import { connect } from 'node:net';
import type { Json } from '@slipway/domain';
import { SignalDelivery } from '../signal-delivery.js';
import { assertSubject, SIGNAL_MAX_BYTES, type Signals, type Unsubscribe } from '../signals.js';
import { Connection } from './connection.js';
import { socketAddress } from './socket-path.js';

/** Between attempts to connect: doubled from the first to the last. */
export const RECONNECT_FIRST_MS = 50;
export const RECONNECT_MAX_MS = 2000;

export type SignalClient = Signals & {
  readonly isConnected: boolean;
  /** Called at every connection to a hub, the first as well; what was published before it is lost. */
  onConnect(listener: () => void): Unsubscribe;
};

/** Connects to the hub, and again whenever it is gone, until closed. Throws when the path is too long for a socket. */
export function connectSignals({ path }: { readonly path: string }): SignalClient {
  return new LocalSocketClient(socketAddress(path));
}

class LocalSocketClient implements SignalClient {
  readonly #delivery = new SignalDelivery();
  readonly #listeners = new Set<() => void>();
  readonly #address: string;
  #connection: Connection | null = null;
  #isConnected = false;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = RECONNECT_FIRST_MS;
  #dropped = 0;
  #isClosed = false;

  constructor(address: string) {
    this.#address = address;
    this.#connect();
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
    if (this.#connection === null || !this.#isConnected) this.#dropped++;
    else this.#connection.send({ type: 'signal', subject, payload: text });
  }

  subscribe(subject: string, handler: (payload: Json) => void): Unsubscribe {
    assertSubject(subject);
    if (this.#isClosed) return () => undefined;
    const isFirst = !this.#delivery.has(subject);
    const remove = this.#delivery.add(subject, handler);
    if (isFirst && this.#isConnected) this.#connection?.send({ type: 'subscribe', subject });
    return () => {
      const wasThere = this.#delivery.has(subject);
      remove();
      if (wasThere && !this.#delivery.has(subject) && this.#isConnected) this.#connection?.send({ type: 'unsubscribe', subject });
    };
  }

  get droppedCount(): number {
    return this.#dropped + this.#delivery.droppedCount + (this.#connection?.droppedCount ?? 0);
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  onConnect(listener: () => void): Unsubscribe {
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#listeners.clear();
    this.#delivery.close();
    this.#connection?.destroy();
  }

  #connect(): void {
    const socket = connect(this.#address);
    const connection = new Connection(
      socket,
      (frame) => frame.type === 'signal' && this.#delivery.deliver(frame.subject, frame.payload),
      () => this.#disconnected(connection),
    );
    this.#connection = connection;
    socket.once('connect', () => {
      this.#isConnected = true;
      this.#retryMs = RECONNECT_FIRST_MS;
      for (const subject of this.#delivery.subjects()) connection.send({ type: 'subscribe', subject });
      for (const listener of this.#listeners) listener();
    });
  }

  #disconnected(connection: Connection): void {
    this.#isConnected = false;
    this.#dropped += connection.droppedCount;
    this.#connection = null;
    if (this.#isClosed) return;
    this.#retry = setTimeout(() => this.#connect(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RECONNECT_MAX_MS);
  }
}
