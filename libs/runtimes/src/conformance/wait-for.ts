const POLL_INTERVAL_MS = 10;

/** Resolves with the first answer that is neither null, undefined nor false; rejects, naming what was awaited, after the limit. */
export async function waitFor<T>(what: string, look: () => T | Promise<T>, limitMs = 60_000): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const answer = await look();
    if (answer !== null && answer !== undefined && answer !== false) return answer as NonNullable<Exclude<T, false>>;
    if (performance.now() > deadline) throw new Error(`${what} did not come about within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}
