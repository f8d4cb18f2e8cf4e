/** What is said of values taken several times. Empty input has none: callers leave a figure without values out. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number; readonly count: number };

/** @throws RangeError without values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: percentileOfSorted(sorted, 50), min: percentileOfSorted(sorted, 0), max: percentileOfSorted(sorted, 100), count: sorted.length };
}

/**
 * The value below which `percent` of the values lie, interpolated between neighbours.
 * @throws RangeError without values.
 */
export function percentileOfSorted(sorted: ArrayLike<number>, percent: number): number {
  const place = ((sorted.length - 1) * percent) / 100;
  const low = sorted[Math.floor(place)];
  const high = sorted[Math.ceil(place)];
  if (low === undefined || high === undefined) throw new RangeError('no values');
  return low + (high - low) * (place - Math.floor(place));
}
