/** Requests and repetitions are counted over this many seconds, the current one included. */
export const RETRY_WINDOW_SECONDS = 10;
/** Repetitions allowed per request counted in the window. */
export const RETRY_SHARE = 0.2;
/** Repetitions allowed in any window, however little traffic there is. */
export const RETRY_FLOOR = 10;

/** Counts of one deployment by second; slot i holds a second with `second % RETRY_WINDOW_SECONDS === i`. */
export type RetryWindow = {
  readonly seconds: Float64Array;
  readonly requests: Float64Array;
  readonly retries: Float64Array;
};

export function emptyRetryWindow(): RetryWindow {
  return {
    seconds: new Float64Array(RETRY_WINDOW_SECONDS).fill(-1),
    requests: new Float64Array(RETRY_WINDOW_SECONDS),
    retries: new Float64Array(RETRY_WINDOW_SECONDS),
  };
}

/** Counts a request that arrived in this second (any clock that never goes back). Changes the window in place: once per request. */
export function countRequest(window: RetryWindow, second: number): void {
  const slot = slotOf(window, second);
  window.requests[slot] = (window.requests[slot] ?? 0) + 1;
}

/**
 * Takes one repetition out of the budget, or answers false. The budget is a floor, a share of the recent requests, and
 * one for each request in flight: the death of a replica may cost each of its requests one repetition at once,
 * while a deployment that keeps failing is soon held to the share.
 */
export function takeRetry(window: RetryWindow, second: number, inFlight: number): boolean {
  const slot = slotOf(window, second);
  let requests = 0;
  let retries = 0;
  for (let i = 0; i < RETRY_WINDOW_SECONDS; i += 1) {
    if ((window.seconds[i] ?? -1) <= second - RETRY_WINDOW_SECONDS) continue;
    requests += window.requests[i] ?? 0;
    retries += window.retries[i] ?? 0;
  }
  if (retries >= RETRY_FLOOR + RETRY_SHARE * requests + inFlight) return false;
  window.retries[slot] = (window.retries[slot] ?? 0) + 1;
  return true;
}

function slotOf({ seconds, requests, retries }: RetryWindow, second: number): number {
  const slot = second % RETRY_WINDOW_SECONDS;
  if (seconds[slot] !== second) {
    seconds[slot] = second;
    requests[slot] = 0;
    retries[slot] = 0;
  }
  return slot;
}
