import { SlipwayError } from '@slipway/contracts';
import type { GatewayRuntime } from '@graphql-hive/gateway-runtime';
import type { DoorContext } from './door-context.js';

/** Graphs that were replaced but still answer what was asked of them, mostly subscriptions. */
const REPLACED_GRAPHS_MAX = 3;

export type GraphLease = {
  readonly runtime: GatewayRuntime<DoorContext>;
  /** Says that nothing of it is used any more; safe to call twice. */
  leave(): void;
};

/** Ends what a lease is used for. */
type Abandon = (reason: Error) => void;
type Generation = { readonly runtime: GatewayRuntime<DoorContext>; readonly users: Set<Abandon>; disposed: Promise<void> | null };

/**
 * The graph that answers, and those before it that are still in use: whatever was asked is answered by the graph it was
 * asked of, so a change breaks nothing that runs.
 */
export class GraphGenerations {
  #present: Generation | null = null;
  #replaced: Generation[] = [];

  replace(runtime: GatewayRuntime<DoorContext>): void {
    const before = this.#present;
    this.#present = { runtime, users: new Set(), disposed: null };
    if (before === null) return;
    this.#replaced.push(before);
    this.#letGoOfUnused();
    for (const oldest of this.#replaced.slice(0, Math.max(0, this.#replaced.length - REPLACED_GRAPHS_MAX))) {
      const reason = new SlipwayError('UNAVAILABLE', { what: 'the graph this was asked of, which was replaced several times since,' });
      for (const abandon of [...oldest.users]) abandon(reason);
    }
  }

  /** `null` when there is no graph yet. */
  enter(abandon: Abandon): GraphLease | null {
    const generation = this.#present;
    if (generation === null) return null;
    const user: Abandon = (reason) => abandon(reason);
    generation.users.add(user);
    return {
      runtime: generation.runtime,
      leave: () => {
        if (generation.users.delete(user)) this.#letGoOfUnused();
      },
    };
  }

  async close(): Promise<void> {
    const all = [...this.#replaced, ...(this.#present === null ? [] : [this.#present])];
    this.#present = null;
    this.#replaced = [];
    await Promise.all(all.map(dispose));
  }

  #letGoOfUnused(): void {
    for (const generation of this.#replaced.filter(({ users }) => users.size === 0)) {
      // What it fails at while it ends concerns nobody.
      dispose(generation).catch(() => undefined);
    }
    this.#replaced = this.#replaced.filter(({ users }) => users.size > 0);
  }
}

function dispose(generation: Generation): Promise<void> {
  generation.disposed ??= Promise.resolve(generation.runtime[Symbol.asyncDispose]());
  return generation.disposed;
}
