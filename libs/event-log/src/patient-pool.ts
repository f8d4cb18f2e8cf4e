import { Pool, type PoolClient } from 'pg';

type Connected = (error: Error | undefined, client: PoolClient | undefined, done: (release?: unknown) => void) => void;

/** What somebody hears who asks a pool that is closed. */
export class PoolClosedError extends Error {
  constructor() {
    super('the pool is closed');
    this.name = 'PoolClosedError';
  }
}

/**
 * A pool that is ended forgets who waits for a connection from it, and they fail seconds later. This one serves them first;
 * who asks after that is refused at once.
 */
export class PatientPool extends Pool {
  #waiting = 0;
  #isEnding = false;
  #onServed: () => void = () => undefined;

  override connect(): Promise<PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<PoolClient> | void {
    if (callback === undefined)
      return new Promise((resolve, reject) => this.connect((error, client) => (client === undefined ? reject(error ?? new Error('there is no connection')) : resolve(client))));
    if (this.#isEnding) return callback(new PoolClosedError(), undefined, () => undefined);
    this.#waiting += 1;
    super.connect((error, client, done) => {
      this.#waiting -= 1;
      callback(error, client, done);
      if (this.#waiting === 0) this.#onServed();
    });
  }

  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | void {
    const ended = this.#end();
    if (callback === undefined) return ended;
    void ended.then(callback, callback);
  }

  async #end(): Promise<void> {
    this.#isEnding = true;
    if (this.#waiting > 0) await new Promise<void>((resolve) => (this.#onServed = resolve));
    await super.end();
  }
}
