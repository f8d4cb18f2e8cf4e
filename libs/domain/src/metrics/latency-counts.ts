/**
 * Upper bounds of the buckets that every latency in the system is counted in, in milliseconds: each is √2 times the one
 * before, from 1 ms to 12 minutes, so that a quantile read from them is off by the width of its bucket at most. What is longer falls into one more.
 */
export const LATENCY_BOUNDS_MS: readonly number[] = Array.from({ length: 40 }, (_, index) => Math.round(1000 * 2 ** (index / 2)) / 1000);

/** How many durations fell into each bucket; not cumulative; one longer than there are bounds. */
export type LatencyCounts = readonly number[];

export const NO_LATENCIES: LatencyCounts = Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0);

/** Counts one duration in place, once per request: `counts` begins as a copy of `NO_LATENCIES`. What is no number is not counted. */
export function countLatency(counts: number[], ms: number): void {
  if (Number.isNaN(ms)) return;
  const index = bucketOf(ms);
  counts[index] = (counts[index] ?? 0) + 1;
}

/** The bucket whose upper bound is the first that is not below `ms`. */
function bucketOf(ms: number): number {
  if (ms <= 1) return 0;
  const index = Math.min(LATENCY_BOUNDS_MS.length, Math.ceil(2 * Math.log2(ms)));
  // The bounds are rounded to microseconds and the logarithm to a double: right at a bound the neighbour may be meant.
  if (ms > (LATENCY_BOUNDS_MS[index] ?? Infinity)) return index + 1;
  return ms <= (LATENCY_BOUNDS_MS[index - 1] ?? 0) ? index - 1 : index;
}

export const addLatencies = (a: LatencyCounts, b: LatencyCounts): LatencyCounts => NO_LATENCIES.map((_, index) => (a[index] ?? 0) + (b[index] ?? 0));

/** What came since `earlier`. If any count fell, counting has begun anew in between, and `later` is all that is known. */
export function subtractLatencies(later: LatencyCounts, earlier: LatencyCounts): LatencyCounts {
  const since = NO_LATENCIES.map((_, index) => (later[index] ?? 0) - (earlier[index] ?? 0));
  return since.some((count) => count < 0) ? later : since;
}

export const totalOf = (counts: LatencyCounts): number => counts.reduce((sum, count) => sum + count, 0);

/**
 * The duration in milliseconds that the share `q` (0 to 1) of all does not exceed, as if those of a bucket were spread evenly over
 * its logarithm; null when nothing was counted. In the last bucket, which has no end, it is where that bucket begins: at least so long.
 */
export function quantile(counts: LatencyCounts, q: number): number | null {
  const total = totalOf(counts);
  if (total === 0) return null;
  const rank = Math.min(1, Math.max(0, q)) * total;
  const { index, below } = bucketAt(counts, rank);
  const [from, to] = edgesOf(index);
  if (to === null) return from;
  const share = Math.min(1, Math.max(0, (rank - below) / (counts[index] ?? 1)));
  return from === 0 ? share * to : from * (to / from) ** share;
}

/**
 * Between which durations the quantile of the source lies, of which `counts` is a sample: order statistics by the normal
 * approximation, ranks n·q ± z·√(n·q·(1−q)), widened to the edges of their buckets, since where in its bucket a duration lies is
 * not known either. Null: the sample sets no such bound; for q = 0.95 and z = 1.645 it takes 52 to know an upper one.
 */
export function quantileBounds(counts: LatencyCounts, q: number, z: number): { readonly lower: number | null; readonly upper: number | null } {
  const total = totalOf(counts);
  if (total === 0) return { lower: null, upper: null };
  const spread = z * Math.sqrt(total * q * (1 - q));
  const lowest = Math.floor(total * q - spread);
  const highest = Math.ceil(total * q + spread);
  return {
    lower: lowest < 1 ? 0 : edgesOf(bucketAt(counts, lowest).index)[0],
    upper: highest > total ? null : edgesOf(bucketAt(counts, highest).index)[1],
  };
}

/** The bucket that holds the one of this rank (from 0, exclusive, to the total), and how many lie in buckets below it. */
function bucketAt(counts: LatencyCounts, rank: number): { readonly index: number; readonly below: number } {
  let below = 0;
  let last = { index: 0, below: 0 };
  for (const [index, count] of counts.entries()) {
    if (count === 0) continue;
    last = { index, below };
    if (below + count >= rank) return last;
    below += count;
  }
  return last;
}

const edgesOf = (index: number): readonly [number, number | null] => [LATENCY_BOUNDS_MS[index - 1] ?? 0, LATENCY_BOUNDS_MS[index] ?? null];
