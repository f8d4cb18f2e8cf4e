import type { Leases } from './lease.js';

/** For the one process of the embedded shape: every lease is free at once, and nobody can take it away. */
export const alwaysLeading: Leases = {
  hold: async (_name, { signal }) => {
    if (signal.aborted) return null;
    const released = new AbortController();
    return {
      epoch: 1,
      signal: released.signal,
      get held() {
        return !released.signal.aborted;
      },
      release: async () => released.abort(),
    };
  },
  [Symbol.asyncDispose]: async () => undefined,
};
