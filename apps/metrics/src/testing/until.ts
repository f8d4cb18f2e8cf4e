const POLL_INTERVAL_MS = 5;
/** No healthy run takes as long, however busy the machine. */
const LIMIT_MS = 90_000;

/** The first answer that is not null, false or undefined; rejects, naming what was waited for, after the limit. */
export async function until<T>(what: string, look: () => Promise<T | null | undefined | false> | T | null | undefined | false): Promise<T> {
  const deadlineMs = performance.now() + LIMIT_MS;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadlineMs) throw new Error(`never came about: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}
