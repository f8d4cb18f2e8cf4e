import { CliError, EXIT_CODES } from '../exit-codes.js';
import type { GraphClient } from '../graph/graph-client.js';
import { Operation } from '../graph/operation.js';
import type { Machine } from '../invocation.js';

/** How often it is looked beside, in milliseconds: should pushes stay away, and for what is no fact, such as which replicas are ready. */
export const LOOK_INTERVAL_MS = 1_000;

export const FACTS = new Operation<{ deploymentTimelineGrew: { id: string } }, { deploymentId: string }>(/* GraphQL */ `
  subscription Facts($deploymentId: ID!) { deploymentTimelineGrew(deploymentId: $deploymentId) { id } }
`);

export type Following<Seen> = {
  readonly graph: GraphClient;
  readonly deploymentId: string;
  readonly machine: Machine;
  ask(): Promise<Seen>;
  /** Null: for as long as somebody watches. */
  readonly limitMs: number | null;
  /** Somebody has been answered already: a gateway away at the first look is waited for as well. */
  readonly wasReached?: boolean;
};

/**
 * What is there, now and after each change, until the time is up. While the gateway cannot be reached, it waits for it:
 * a restart of the platform ends no watching, as long as there is a limit or a person.
 */
export async function* followChanges<Seen>({ graph, deploymentId, machine, ask, limitMs, wasReached = false }: Following<Seen>): AsyncGenerator<Seen, void> {
  const untilMs = limitMs === null ? Infinity : machine.nowMs() + limitMs;
  const left = new AbortController();
  const signal = AbortSignal.any([left.signal, machine.interrupted]);
  const changed = new Wake();
  const watching = wakeAtChanges(graph, deploymentId, signal, changed);
  try {
    let isFirst = !wasReached;
    for (;;) {
      const answered = await ask().then(
        (seen) => ({ seen }),
        (error: unknown) => {
          if (isFirst || !isOutOfReach(error)) throw error;
          return null;
        },
      );
      isFirst = false;
      if (answered !== null) yield answered.seen;
      if (machine.nowMs() >= untilMs) return;
      const waitMs = Math.min(LOOK_INTERVAL_MS, untilMs - machine.nowMs());
      await changed.orAfter((sleepSignal) => machine.sleep(waitMs, AbortSignal.any([sleepSignal, machine.interrupted])));
      machine.interrupted.throwIfAborted();
    }
  } finally {
    left.abort();
    await watching;
  }
}

const isOutOfReach = (error: unknown): boolean => error instanceof CliError && error.exitCode === EXIT_CODES.notReachable;

/** Ends when the gateway ends it: looking at intervals goes on without it. */
async function wakeAtChanges(graph: GraphClient, deploymentId: string, signal: AbortSignal, changed: Wake): Promise<void> {
  try {
    for await (const _ of graph.watch(FACTS, { deploymentId }, signal)) changed.wake();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
  }
}

/** A change that came while nobody waited is not missed. */
class Wake {
  #isDue = false;
  #waiting: AbortController | null = null;

  wake(): void {
    this.#isDue = true;
    this.#waiting?.abort();
  }

  async orAfter(sleep: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const waiting = new AbortController();
    this.#waiting = waiting;
    if (!this.#isDue) await sleep(waiting.signal).catch(() => undefined);
    this.#isDue = false;
    this.#waiting = null;
  }
}
