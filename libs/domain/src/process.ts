/**
 * What happens next. Inputs are facts and fired timers; effects are requests. Nothing here performs them:
 * a runner records input and effects together, then performs the effects until they are done.
 * `react` sees the state that already includes the input, and may repeat itself: every effect is safe to perform twice.
 */
export type Process<State, Input, Effect> = {
  /** Raise it whenever `react` may answer otherwise than before: recorded steps name the version that made them. */
  readonly version: number;
  readonly initialState: State;
  /** The state with one more input seen. */
  evolve(state: State, input: Input): State;
  react(input: Input, state: State): readonly Effect[];
  /** The state after effects were decided (as recorded, timers left out). Absent: deciding changes nothing. */
  claim?(state: State, effects: readonly Effect[]): State;
};

/**
 * The state after one step. `effects` are those that were recorded, and never what today's `react` would answer: a state
 * may only claim what was really asked for, whichever version of the rules asked.
 */
export function afterStep<State, Input, Effect>(
  rules: Pick<Process<State, Input, Effect>, 'evolve' | 'claim'>,
  state: State,
  input: Input,
  effects: readonly Effect[],
): State {
  const seen = rules.evolve(state, input);
  return rules.claim === undefined ? seen : rules.claim(seen, effects);
}
