import type pg from 'pg';
import type { PostgresConnections } from './postgres-connection.js';

/** How often the head is looked at behind the notifications: what a lost one, or a proxy that passes none on, can cost. */
export const POLL_INTERVAL_MS = 500;
/** How long after a lost connection, or one refused, it is tried again to listen. */
export const LISTEN_RETRY_MS = 500;

/**
 * News of appends: the writer's own at once, those of other processes by NOTIFY, and by polling whatever NOTIFY does not
 * bring. It listens and polls only while somebody follows, and comes back by itself when the server was gone.
 */
export class PostgresLogChanges {
  readonly #connections: PostgresConnections;
  readonly #pollIntervalMs: number;
  readonly #listeners = new Set<() => void>();
  #client: pg.Client | null = null;
  #timer: NodeJS.Timeout | null = null;
  #retry: NodeJS.Timeout | null = null;
  #head = -1;
  #polling = false;

  constructor(connections: PostgresConnections, pollIntervalMs: number) {
    this.#connections = connections;
    this.#pollIntervalMs = pollIntervalMs;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#timer === null) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  /** The log has reached this position. */
  reached(position: number): void {
    if (position <= this.#head) return;
    this.#head = position;
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#timer = null;
    this.#retry = null;
    const client = this.#client;
    this.#client = null;
    client?.end().catch(() => undefined); // it was lost, which is what we want of it
  }

  #start(): void {
    this.#timer = setInterval(() => void this.#poll(), this.#pollIntervalMs);
    void this.#listen();
  }

  async #listen(): Promise<void> {
    const client = this.#connections.client();
    this.#client = client;
    const lost = () => this.#lost(client);
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ payload }) => this.reached(Number(payload)));
    try {
      await client.connect();
      await client.query(`LISTEN "${this.#connections.schema}"`);
      await this.#poll(); // what came between the last connection and this one
    } catch {
      lost(); // polling goes on meanwhile; a standby does not notify at all
    }
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = null;
    client.end().catch(() => undefined);
    if (this.#timer !== null) this.#retry = setTimeout(() => void this.#listen(), LISTEN_RETRY_MS);
  }

  /** A server that does not answer is no news: who reads meets it, who waits goes on waiting. */
  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    try {
      const [row] = await this.#connections.rows<[number | null]>(`SELECT max(position) FROM "${this.#connections.schema}".events`);
      this.reached(row?.[0] ?? 0);
    } catch {
      // the next look is due soon
    } finally {
      this.#polling = false;
    }
  }
}
