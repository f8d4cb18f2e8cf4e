/**
 * Upper bounds of the buckets that every latency in the system is counted in, in milliseconds: each is √2 times the one
 * before, from 1 ms to 12 minutes, so that a quantile read from them is off by a fifth at most. What is longer falls into one more.
 */
export const LATENCY_BOUNDS_MS: readonly number[] = Array.from({ length: 40 }, (_, index) => Math.round(1000 * 2 ** (index / 2)) / 1000);

/** How many durations fell into each bucket; not cumulative; one longer than there are bounds. */
export type LatencyCounts = readonly number[];

export const NO_LATENCIES: LatencyCounts = Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0);
