/**
 * What happens next. Inputs are facts and fired timers; effects are requests. Nothing here performs them:
 * a runner records input and effects together, then performs the effects until they are done.
 * `react` sees the state that already includes the input, and may repeat itself: every effect is safe to perform twice.
 */
export type Process<State, Input, Effect> = {
  readonly initialState: State;
  evolve(state: State, input: Input): State;
  react(input: Input, state: State): readonly Effect[];
};
