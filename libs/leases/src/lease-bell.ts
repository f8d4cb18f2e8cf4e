import { Client, type ClientConfig } from 'pg';
import { LEASE_CHANNEL } from './lease-table.js';

/** A listener that lost its connection tries again after this; meanwhile competitors try at their own pace. */
export const LISTEN_RETRY_MS = 1_000;

/** Wakes those who wait for a lease when it is given up. Never reports an error: it only saves waiting. */
export class LeaseBell implements AsyncDisposable {
  readonly #config: ClientConfig;
  readonly #closing = new AbortController();
  readonly #waiting = new Map<string, Set<() => void>>();
  #client: Client | null = null;
  #retry: NodeJS.Timeout | undefined;

  constructor(config: ClientConfig) {
    this.#config = config;
  }

  /** Returns after the time, or as soon as the lease with this payload is given up or the signal aborts. */
  wait(payload: string, delayMs: number, signal: AbortSignal): Promise<void> {
    if (this.#client === null && this.#retry === undefined) void this.#listen();
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(payload) ?? new Set();
      this.#waiting.set(payload, waiting);
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, delayMs);
      waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#retry);
    await this.#client?.end().catch(() => undefined);
  }

  async #listen(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const client = new Client(this.#config);
    this.#client = client;
    const again = (): void => {
      if (this.#client !== client) return;
      this.#client = null;
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        void this.#listen();
      }, LISTEN_RETRY_MS);
      if (this.#closing.signal.aborted) clearTimeout(this.#retry);
    };
    client.on('error', again);
    client.on('end', again);
    client.on('notification', ({ payload }) => [...(this.#waiting.get(payload ?? '') ?? [])].forEach((wake) => wake()));
    try {
      await client.connect();
      await client.query(`LISTEN ${LEASE_CHANNEL}`);
    } catch {
      void client.end().catch(() => undefined);
      again();
    }
  }
}
