import type { DoorLimits } from '../config.js';
import { tooComplex } from '../limits/query-limits.plugin.js';
import { EndableIterator } from './endable-iterator.js';

export type SubscriptionSlot = {
  /** The stream as the client gets it; the slot is free again when it ends. */
  carry<T>(source: AsyncIterable<T>): EndableIterator<T>;
  free(): void;
};

/** Every subscription that clients hold open: counted per connection and in all, and ended together at shutdown. */
export class OpenSubscriptions {
  readonly #open = new Set<{ return(): Promise<unknown> }>();
  readonly #perConnection = new WeakMap<object, number>();
  #taken = 0;

  constructor(private readonly limits: Pick<DoorLimits, 'subscriptionsMax' | 'subscriptionsPerConnectionMax'>) {}

  get count(): number {
    return this.#taken;
  }

  /** @throws SlipwayError QUERY_TOO_COMPLEX that names the limit. */
  take(connection: object): SubscriptionSlot {
    const { subscriptionsMax, subscriptionsPerConnectionMax } = this.limits;
    const ofConnection = this.#perConnection.get(connection) ?? 0;
    if (this.#taken >= subscriptionsMax) throw tooComplex('subscriptionsMax', subscriptionsMax);
    if (ofConnection >= subscriptionsPerConnectionMax) throw tooComplex('subscriptionsPerConnectionMax', subscriptionsPerConnectionMax);
    this.#count(connection, 1);
    let isFree = false;
    const free = (): void => {
      if (!isFree) this.#count(connection, -1);
      isFree = true;
    };
    return {
      free,
      carry: <T>(source: AsyncIterable<T>) => {
        const stream: EndableIterator<T> = new EndableIterator<T>(source[Symbol.asyncIterator](), () => {
          this.#open.delete(stream);
          free();
        });
        this.#open.add(stream);
        return stream;
      },
    };
  }

  async endAll(): Promise<void> {
    await Promise.allSettled([...this.#open].map((stream) => stream.return()));
  }

  #count(connection: object, change: 1 | -1): void {
    this.#taken += change;
    this.#perConnection.set(connection, (this.#perConnection.get(connection) ?? 0) + change);
  }
}
