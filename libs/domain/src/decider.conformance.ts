import fc from 'fast-check';
import { fold, type Decider } from './decider.js';
import { play } from './given-when-then.js';

export const atMs = fc.constant(1);
export const few = (...values: readonly string[]) => fc.constantFrom(...values);
export const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
export const is = <T extends string>(type: T) => fc.constant(type);
/** Ids come from outside, where people try their luck. */
export const id = few('a', 'b', 'c', 'constructor', '__proto__');

/** What holds for every decider, whatever it is asked and in whatever order. */
export function obeysTheLaws<State, Command, Event, Rejection>(decider: Decider<State, Command, Event, Rejection>, one: fc.Arbitrary<Command>) {
  const commands: fc.Arbitrary<readonly Command[]> = fc.array(one, { maxLength: 60 });

  it('folds any accepted history to the state it was decided in', () => {
    fc.assert(
      fc.property(commands, (asked) => {
        const { state, history } = play(decider, asked);
        expect(fold(decider, history)).toEqual(state);
      }),
    );
  });

  it('adds nothing when it is asked the same again at once', () => {
    fc.assert(
      fc.property(commands, one, (asked, last) => {
        const before = play(decider, asked);
        const after = play(decider, [...asked, last]);
        const again = play(decider, [...asked, last, last]);
        expect(again.history).toEqual(after.history);
        expect(after.history.slice(0, before.history.length)).toEqual(before.history);
      }),
    );
  });

  it('decides the same twice, and changes neither the command nor the state it was given', () => {
    fc.assert(
      fc.property(commands, one, (asked, last) => {
        const { state } = play(decider, asked);
        const text = JSON.stringify([state, last]);
        expect(decider.decide(last, state)).toEqual(decider.decide(last, state));
        expect(JSON.stringify([state, last])).toBe(text);
      }),
    );
  });
}
