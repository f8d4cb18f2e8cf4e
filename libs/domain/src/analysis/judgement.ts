export type Verdict = 'PASS' | 'FAIL' | 'INCONCLUSIVE';

/** One condition with everything it was judged by, so that anybody can judge again. */
export type ConditionJudgement = {
  /** `successRate`, `failuresInARow`, `errorsAgainstStable`, `latencyP95`, `latencyP95AgainstStable`, … */
  readonly condition: string;
  readonly verdict: Verdict;
  /** Null: too little is known to say. Percent, milliseconds or a ratio, as the condition is. */
  readonly value: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly threshold: number;
  /** Requests of the canary it rests on. */
  readonly requests: number;
};

/**
 * `next` is what is to be done: watch on, let the step be complete, turn back, or wait for a person.
 */
export type Judgement = {
  readonly verdict: Verdict;
  readonly next: 'watch' | 'continue' | 'abort' | 'hold';
  readonly reason: string;
  readonly conditions: readonly ConditionJudgement[];
};
