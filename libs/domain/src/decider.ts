/** What a decider answers: the facts to record, or the rule that was broken. A refusal is a value, never an exception. */
export type Decision<Event, Rejection> = { readonly accepted: readonly Event[] } | { readonly rejected: Rejection };

/** The rules of one aggregate, pure: clock, ids and chance arrive inside the command. */
export type Decider<State, Command, Event, Rejection> = {
  readonly initialState: State;
  decide(command: Command, state: State): Decision<Event, Rejection>;
  evolve(state: State, event: Event): State;
};

export const accept = <E>(...events: readonly E[]): { readonly accepted: readonly E[] } => ({ accepted: events });
export const reject = <R>(rejection: R): { readonly rejected: R } => ({ rejected: rejection });

/** A state and an event that cannot meet: the stream is corrupt or the code is wrong. Never a user error. */
export function impossible(state: { readonly phase: string }, event: { readonly type: string }): never {
  throw new Error(`event ${event.type} cannot follow phase ${state.phase}`);
}

/** The fold every reader of a stream shares. */
export function fold<State, Event>(
  decider: Pick<Decider<State, never, Event, never>, 'initialState' | 'evolve'>,
  events: Iterable<Event>,
): State {
  let state = decider.initialState;
  for (const event of events) state = decider.evolve(state, event);
  return state;
}
