import { SlipwayError } from '@slipway/contracts';
import type { DoorLimits } from '../config.js';
import { tooComplex } from '../limits/query-limits.plugin.js';
import { EndableIterator } from './endable-iterator.js';

export type SubscriptionSlot = {
  /** The stream as the client gets it; the slot is free again when it ends. */
  carry<T>(source: AsyncIterable<T>): AsyncIterableIterator<T>;
  free(): void;
};

/** Whom a subscription belongs to, and how to stop whatever works for it. */
export type Subscriber = { readonly connection: object; readonly abandon: (reason: Error) => void };

/** Every subscription that clients hold open: counted per connection and in all, and ended together at shutdown. */
export class OpenSubscriptions {
  readonly #ends = new Set<() => void>();
  readonly #perConnection = new WeakMap<object, number>();
  #ending = false;

  constructor(private readonly limits: Pick<DoorLimits, 'subscriptionsMax' | 'subscriptionsPerConnectionMax'>) {}

  get count(): number {
    return this.#ends.size;
  }

  /** @throws SlipwayError QUERY_TOO_COMPLEX that names the limit; UNAVAILABLE when all are being ended. */
  take({ connection, abandon }: Subscriber): SubscriptionSlot {
    const { subscriptionsMax, subscriptionsPerConnectionMax } = this.limits;
    const ofConnection = this.#perConnection.get(connection) ?? 0;
    if (this.#ending) throw new SlipwayError('UNAVAILABLE', { what: 'the gateway, which is shutting down,' });
    if (this.count >= subscriptionsMax) throw tooComplex('subscriptionsMax', subscriptionsMax);
    if (ofConnection >= subscriptionsPerConnectionMax) throw tooComplex('subscriptionsPerConnectionMax', subscriptionsPerConnectionMax);

    let stream: { return(): Promise<unknown> } | null = null;
    const end = (): void => {
      stream?.return().catch(() => undefined);
      free();
    };
    const free = (): void => {
      if (!this.#ends.delete(end)) return;
      this.#perConnection.set(connection, (this.#perConnection.get(connection) ?? 1) - 1);
      // A source that is waiting for its next event would otherwise keep waiting.
      abandon(new Error('the subscription ended'));
    };
    this.#ends.add(end);
    this.#perConnection.set(connection, ofConnection + 1);
    return {
      free,
      carry: <T>(source: AsyncIterable<T>) => {
        const carried = new EndableIterator<T>(source[Symbol.asyncIterator](), free);
        stream = carried;
        if (this.#ending) end();
        return carried;
      },
    };
  }

  /** Clients see their subscriptions complete; how long the sources take to stop is not waited for. */
  endAll(): void {
    this.#ending = true;
    for (const end of [...this.#ends]) end();
  }
}
