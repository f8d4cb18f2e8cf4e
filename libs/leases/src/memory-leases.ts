import { LeaseLostError, type HoldOptions, type Lease, type Leases } from './lease.js';

export interface MemoryLeases extends Leases {
  /** Takes the lease from its holder, as an outage would. */
  revoke(name: string): void;
  /** Another participant in the same competition; closing it gives up what it holds. */
  competitor(): Leases;
}

/** Leases within one process: for tests, and for several parts of one process that must take turns. */
export function memoryLeases(): MemoryLeases {
  const places = new Map<string, Place>();
  const placeOf = (name: string): Place => {
    const place = places.get(name) ?? { epoch: 0, end: null, waiting: [] };
    places.set(name, place);
    return place;
  };
  return {
    ...competitorIn(placeOf),
    revoke: (name) => placeOf(name).end?.('it was taken away'),
    competitor: () => competitorIn(placeOf),
  };
}

type Place = { epoch: number; end: ((reason: string) => void) | null; readonly waiting: (() => void)[] };

function competitorIn(placeOf: (name: string) => Place): Leases {
  const closing = new AbortController();
  const take = (name: string, place: Place): Lease => {
    const over = new AbortController();
    const end = (reason: string): void => {
      if (over.signal.aborted) return;
      closing.signal.removeEventListener('abort', endByClosing);
      over.abort(new LeaseLostError(name, reason));
      place.end = null;
      place.waiting.shift()?.();
    };
    const endByClosing = (): void => end('it was closed');
    closing.signal.addEventListener('abort', endByClosing, { once: true });
    place.end = end;
    return {
      epoch: ++place.epoch,
      signal: over.signal,
      get held() {
        return !over.signal.aborted;
      },
      release: async () => end('it was released'),
    };
  };
  return {
    async hold(name: string, { signal }: HoldOptions): Promise<Lease | null> {
      const place = placeOf(name);
      const ended = AbortSignal.any([signal, closing.signal]);
      while (!ended.aborted) {
        if (place.end === null) return take(name, place);
        await turnIn(place, ended);
      }
      if (place.end === null) place.waiting.shift()?.(); // our turn is the next one's
      return null;
    },
    [Symbol.asyncDispose]: async () => closing.abort(),
  };
}

function turnIn(place: Place, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      const index = place.waiting.indexOf(done);
      if (index >= 0) place.waiting.splice(index, 1);
      resolve();
    };
    place.waiting.push(done);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
