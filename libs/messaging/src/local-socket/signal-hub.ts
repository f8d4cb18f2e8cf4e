import { createServer, type Socket } from 'node:net';
import type { Json } from '@slipway/domain';
import { SignalDelivery } from '../signal-delivery.js';
import { assertSubject, SIGNAL_MAX_BYTES, type Signals } from '../signals.js';
import { Connection } from './connection.js';
import type { Frame } from './frame.js';
import { listenAlone } from './listen-alone.js';

/** Processes of one platform on one machine: a handful. */
export const HUB_CLIENTS_MAX = 64;
export const SUBSCRIPTIONS_PER_CLIENT_MAX = 256;

type Client = { readonly connection: Connection; readonly subjects: Set<string> };

/**
 * The side of the local socket that everybody connects to; it takes part itself. Rejects when a hub is already there,
 * when the path is too long for a socket, or when its folder is open to others. Removes the socket when closed.
 */
export async function openSignalHub({ path }: { readonly path: string }): Promise<Signals> {
  const hub = new SignalHub();
  await listenAlone(hub.server, path);
  return hub;
}

class SignalHub implements Signals {
  readonly server = createServer((socket) => this.#welcome(socket));
  readonly #delivery = new SignalDelivery();
  readonly #clients = new Set<Client>();
  #dropped = 0;
  #isClosed = false;

  constructor() {
    // A connection that could not be accepted, for want of file handles, is its client's to try again.
    this.server.on('error', () => undefined);
  }

  publish(subject: string, payload: Json): void {
    assertSubject(subject);
    const text = JSON.stringify(payload);
    if (this.#isClosed || Buffer.byteLength(text) > SIGNAL_MAX_BYTES) this.#dropped++;
    else this.#pass(subject, text, null);
  }

  subscribe(subject: string, handler: (payload: Json) => void) {
    assertSubject(subject);
    return this.#isClosed ? () => undefined : this.#delivery.add(subject, handler);
  }

  get droppedCount(): number {
    let sum = this.#dropped + this.#delivery.droppedCount;
    for (const { connection } of this.#clients) sum += connection.droppedCount;
    return sum;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#delivery.close();
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const { connection } of this.#clients) connection.destroy();
    await closed;
  }

  #welcome(socket: Socket): void {
    if (this.#isClosed || this.#clients.size >= HUB_CLIENTS_MAX) {
      socket.destroy();
      return;
    }
    const subjects = new Set<string>();
    const connection = new Connection(
      socket,
      (frame) => this.#receive(frame, client),
      () => {
        this.#clients.delete(client);
        this.#dropped += connection.droppedCount;
      },
    );
    const client: Client = { connection, subjects };
    this.#clients.add(client);
  }

  #receive(frame: Frame, from: Client): void {
    switch (frame.type) {
      case 'signal':
        this.#pass(frame.subject, frame.payload, from);
        return;
      case 'subscribe':
        if (from.subjects.size < SUBSCRIPTIONS_PER_CLIENT_MAX) from.subjects.add(frame.subject);
        else from.connection.destroy();
        return;
      case 'unsubscribe':
        from.subjects.delete(frame.subject);
    }
  }

  /** To everybody but whom it came from, who has told its own handlers already. */
  #pass(subject: string, payload: string, from: Client | null): void {
    this.#delivery.deliver(subject, payload);
    for (const client of this.#clients)
      if (client !== from && client.subjects.has(subject)) client.connection.send({ type: 'signal', subject, payload });
  }
}
