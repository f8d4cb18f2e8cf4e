import { fold, type Decider, type Decision } from './decider.js';

/**
 * What a decider answers, told as a story: given these facts, when this is asked, then …
 * Commands before the last are carried out (a refused one changes nothing); the answer is the last one's.
 */
export function given<State, Command, Event, Rejection>(
  decider: Decider<State, Command, Event, Rejection>,
  ...history: readonly Event[]
) {
  let state = fold(decider, history);
  return {
    state,
    when(...commands: readonly [Command, ...Command[]]): Decision<Event, Rejection> {
      let decision: Decision<Event, Rejection> = { accepted: [] };
      for (const command of commands) {
        decision = decider.decide(command, state);
        if ('accepted' in decision) state = decision.accepted.reduce(decider.evolve, state);
      }
      return decision;
    },
  };
}

export type Story<State, Event> = { readonly state: State; readonly history: readonly Event[] };

/** Carries out every command in turn from the beginning; what was refused is left out. */
export function play<State, Command, Event, Rejection>(
  decider: Decider<State, Command, Event, Rejection>,
  commands: readonly Command[],
): Story<State, Event> {
  let state = decider.initialState;
  const history: Event[] = [];
  for (const command of commands) {
    const decision = decider.decide(command, state);
    if ('rejected' in decision) continue;
    state = decision.accepted.reduce(decider.evolve, state);
    history.push(...decision.accepted);
  }
  return { state, history };
}
