import type { GraphQLContext } from '../request/request-context.js';

/** Keys in one call of `load`, unless told otherwise. */
export const BATCH_KEYS_MAX = 500;

export type BatchLoader<V> = { load(key: string): Promise<V | null> };

type Asked<V> = { readonly promise: Promise<V | null>; readonly settle: Settle<V> };
type Settle<V> = { resolve(value: V | null): void; reject(error: unknown): void };

/**
 * Turns the single look-ups of one tick into one call per `batchMax` keys, each key once. It remembers nothing between
 * ticks, so that a read after a write in the same request sees the write.
 */
export function batchLoader<V>(
  load: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>,
  batchMax: number = BATCH_KEYS_MAX,
): BatchLoader<V> {
  let asked = new Map<string, Asked<V>>();

  const dispatch = (): void => {
    const all = [...asked];
    asked = new Map();
    for (let from = 0; from < all.length; from += batchMax) {
      const batch = all.slice(from, from + batchMax);
      load(batch.map(([key]) => key)).then(
        (found) => batch.forEach(([key, { settle }]) => settle.resolve(found.get(key) ?? null)),
        (error: unknown) => batch.forEach(([, { settle }]) => settle.reject(error)),
      );
    }
  };

  return {
    load(key) {
      const known = asked.get(key);
      if (known !== undefined) return known.promise;
      // After the promise jobs of this tick: resolvers that are about to ask still join the batch.
      if (asked.size === 0) void Promise.resolve().then(() => process.nextTick(dispatch));
      let settle!: Settle<V>;
      const promise = new Promise<V | null>((resolve, reject) => (settle = { resolve, reject }));
      asked.set(key, { promise, settle });
      return promise;
    },
  };
}

/** The loader of this request under that name, made at first use. */
export function loaderOf<V>(context: GraphQLContext, name: string, make: () => BatchLoader<V>): BatchLoader<V> {
  const known = context.loaders.get(name) as BatchLoader<V> | undefined;
  if (known !== undefined) return known;
  const fresh = make();
  context.loaders.set(name, fresh);
  return fresh;
}
