export type Part = 'proxy' | 'log' | 'platform' | 'cluster' | 'judgement' | 'graph';

/** One thing measured, once per round. */
export type Figure = {
  /** Stable: goals and readers of the JSON name it. */
  readonly id: string;
  readonly part: Part;
  readonly what: string;
  readonly unit: string;
  readonly values: readonly number[];
};

/** What could not be measured here, and why. */
export type Skipped = { readonly what: string; readonly why: string };

export type PartReport = { readonly figures: readonly Figure[]; readonly skipped: readonly Skipped[] };
