export const CACHED_STATES_MAX = 10_000;

export type CachedState<State> = { readonly state: State; readonly revision: number };

/**
 * The folded states of the streams used last, so that a hot one is not read again. It need not be right about the end
 * of a stream: whoever uses it reads on from `revision`.
 */
export class StateCache<State> {
  readonly #states = new Map<string, CachedState<State>>();
  readonly #statesMax: number;

  constructor(statesMax = CACHED_STATES_MAX) {
    this.#statesMax = statesMax;
  }

  get(streamId: string): CachedState<State> | undefined {
    return this.#states.get(streamId);
  }

  set(streamId: string, cached: CachedState<State>): void {
    this.#states.delete(streamId); // writing it last keeps the map in order of use
    this.#states.set(streamId, cached);
    const [coldest] = this.#states.keys();
    if (this.#states.size > this.#statesMax && coldest !== undefined) this.#states.delete(coldest);
  }

  delete(streamId: string): void {
    this.#states.delete(streamId);
  }
}
