/** One-sided 95 %: a bound is on the wrong side of the truth in one of twenty judgements. */
export const CONFIDENCE_Z = 1.645;

/** Both between 0 and 1. */
export type Bounds = { readonly lower: number; readonly upper: number };

/**
 * Wilson's bounds for the share of successes, from whole numbers 0 ≤ successes ≤ n (E11). Unlike the plain normal approximation they
 * hold for small samples and shares near 1: of 20 successes in 20 they say 0.881 at least, not 1.
 */
export function wilsonBounds(successes: number, n: number, z: number = CONFIDENCE_Z): Bounds {
  if (n <= 0) return { lower: 0, upper: 1 };
  const p = successes / n;
  const denominator = 1 + (z * z) / n;
  const centre = (p + (z * z) / (2 * n)) / denominator;
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / denominator;
  // At the ends the terms cancel exactly, but not in doubles.
  return { lower: successes <= 0 ? 0 : Math.max(0, centre - half), upper: successes >= n ? 1 : Math.min(1, centre + half) };
}
