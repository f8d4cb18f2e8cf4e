import type { ReplicaRuntime } from '@slipway/runtimes';

/** The runtime, for those who only look: there is one while this instance leads. */
export class LedRuntime {
  #current: ReplicaRuntime | null = null;

  get current(): ReplicaRuntime | null {
    return this.#current;
  }

  /** Until it is disposed of. */
  lead(runtime: ReplicaRuntime): Disposable {
    this.#current = runtime;
    return { [Symbol.dispose]: () => void (this.#current = null) };
  }
}
