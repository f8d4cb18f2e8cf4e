/** A page that takes longer is given up. */
export const PAGE_TIMEOUT_MS = 2_000;
/** Larger pages are given up: an engine's own is some 100 KiB. */
export const PAGE_BYTES_MAX = 4 * 1_024 * 1_024;

const ACCEPT = 'application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.8,*/*;q=0.1';

/** `missing`: the engine is there and has no such page. `failed`: it did not answer, or not as one should. */
export type PageOutcome = { readonly text: string } | { readonly missing: true } | { readonly failed: string };

/** Asks one engine for one page, with the key that engine knows. A redirect is not followed: the key is for this address. */
export async function fetchPage(url: string, key: string, stopping: AbortSignal, timeoutMs = PAGE_TIMEOUT_MS): Promise<PageOutcome> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]);
  try {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${key}`, accept: ACCEPT }, redirect: 'manual', signal });
    if (answer.status !== 200) {
      await answer.body?.cancel();
      return answer.status === 404 ? { missing: true } : { failed: `status ${answer.status}` };
    }
    return await boundedText(answer);
  } catch (error) {
    return { failed: error instanceof Error ? error.name : 'unknown' };
  }
}

async function boundedText(answer: Response): Promise<PageOutcome> {
  const decoder = new TextDecoder();
  let sizeBytes = 0;
  let text = '';
  for await (const piece of answer.body ?? []) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > PAGE_BYTES_MAX) return { failed: `more than ${PAGE_BYTES_MAX} bytes` };
    text += decoder.decode(piece, { stream: true });
  }
  return { text: text + decoder.decode() };
}
