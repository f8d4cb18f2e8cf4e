import { Client } from 'pg';

class Impatient extends Client {
  // One of the driver's many forms; all are passed on as they are.
  override query(...args: never[]): never {
    const answer = (super.query as (...given: never[]) => unknown).apply(this, args);
    if (answer instanceof Promise) answer.catch((error: unknown) => this.#closeIfLate(error));
    return answer as never;
  }

  #closeIfLate(error: unknown): void {
    if (error instanceof Error && error.message === READ_TIMEOUT) this.#stream.destroy(error);
  }

  get #stream(): { destroy(error: Error): void } {
    return (this as unknown as { readonly connection: { readonly stream: { destroy(error: Error): void } } }).connection.stream;
  }
}

/**
 * A connection that did not answer in time is closed and not used again: the question is still open on it, and every
 * later one would wait behind. For pools whose clients are asked one by one; `Pool.query` does the same by itself.
 */
export const ImpatientClient: typeof Client = Impatient;

/** The driver gives it no code. */
const READ_TIMEOUT = 'Query read timeout';
