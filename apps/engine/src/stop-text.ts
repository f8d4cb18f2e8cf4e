/** Cuts a streamed text at the first stop text. Text that may still turn out to begin a stop text is held back. */
export type StopText = {
  /** What may be shown now, and whether a stop text was met (nothing may be pushed after that). */
  push(text: string): { readonly text: string; readonly stopped: boolean };
  /** The held-back rest, once the text is known to end. */
  flush(): string;
};

export function createStopText(stops: readonly string[]): StopText {
  const longest = Math.max(0, ...stops.map((stop) => stop.length));
  let held = '';
  return {
    push(text) {
      if (longest === 0) return { text, stopped: false };
      const window = held + text;
      const cut = firstCompleted(window, stops);
      if (cut !== null) {
        held = '';
        return { text: window.slice(0, cut), stopped: true };
      }
      const keep = heldLength(window, stops, longest);
      held = window.slice(window.length - keep);
      return { text: window.slice(0, window.length - keep), stopped: false };
    },
    flush() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}

/**
 * Where the stop text that is complete first begins. "Complete first" rather than "begins first", so that the result
 * does not depend on how the text was cut into pieces.
 */
function firstCompleted(window: string, stops: readonly string[]): number | null {
  let best: { start: number; end: number } | null = null;
  for (const stop of stops) {
    const start = window.indexOf(stop);
    if (start < 0) continue;
    const end = start + stop.length;
    if (best === null || end < best.end || (end === best.end && start < best.start)) best = { start, end };
  }
  return best === null ? null : best.start;
}

/** Length of the longest end of `window` that is the beginning of a stop text. */
function heldLength(window: string, stops: readonly string[], longest: number): number {
  for (let length = Math.min(window.length, longest - 1); length > 0; length--) {
    const tail = window.slice(window.length - length);
    if (stops.some((stop) => stop.length > length && stop.startsWith(tail))) return length;
  }
  return 0;
}
