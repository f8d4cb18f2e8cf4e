const POLL_INTERVAL_MS = 5;

/** Resolves when the condition holds; rejects, naming it, after the limit. */
export async function waitFor(what: string, holds: () => boolean, limitMs = 60_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${what} did not come about within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}
