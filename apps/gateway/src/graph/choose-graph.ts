import { composeGraph, type GraphPart } from './compose-graph.js';

/** Combinations of schemas that are tried before giving up; each costs some 10 ms. */
const COMPOSITIONS_MAX = 16;

export type GraphChoice = {
  /** `null` when no combination composes. */
  readonly supergraph: string | null;
  /** What it was composed of. */
  readonly parts: readonly GraphPart[];
  /** Why the newest schemas do not compose; `null` when they do. */
  readonly refusal: string | null;
};

/** Of each service its schemas, newest first. The combination with the fewest steps back that composes. */
export function chooseGraph(offers: readonly { readonly name: string; readonly sdls: readonly string[] }[]): GraphChoice {
  let refusal: string | null = null;
  for (const steps of stepsBack(offers.map(({ sdls }) => sdls.length))) {
    const parts = offers.map(({ name, sdls }, index) => ({ name, sdl: sdls[steps[index] ?? 0] ?? '' }));
    try {
      return { supergraph: composeGraph(parts), parts, refusal };
    } catch (error) {
      refusal ??= error instanceof Error ? error.message : String(error);
    }
  }
  return { supergraph: null, parts: [], refusal };
}

/** How far back to go at each service: not at all first, then by one step in all, by two, and so on. */
function stepsBack(counts: readonly number[]): number[][] {
  const tried = new Set<string>();
  const queue = counts.some((count) => count === 0) ? [] : [counts.map(() => 0)];
  const ordered: number[][] = [];
  for (let steps = queue.shift(); steps !== undefined && ordered.length < COMPOSITIONS_MAX; steps = queue.shift()) {
    if (tried.has(steps.join())) continue;
    tried.add(steps.join());
    ordered.push(steps);
    for (const [index, step] of steps.entries()) {
      if (step + 1 < (counts[index] ?? 0)) queue.push(steps.with(index, step + 1));
    }
  }
  return ordered;
}
