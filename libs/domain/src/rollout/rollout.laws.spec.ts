import fc from 'fast-check';
import { atMs, id, is, nullable, obeysTheLaws } from '../decider.conformance.js';
import { play } from '../given-when-then.js';
import { rollout, type RolloutCommand } from './rollout.js';

describe('rollouts', () => {
  const plan = fc.array(fc.constantFrom({ type: 'promote' as const }, { type: 'launch' as const, count: 1 }), { maxLength: 4 });
  const numbers = { desired: fc.nat(3), surge: fc.nat(3), unavailable: fc.nat(3) };
  const ids = { rolloutId: is('x'), deploymentId: is('d'), activationId: is('a'), targetRevisionId: is('r'), previousRevisionId: nullable(id) };
  const command: fc.Arbitrary<RolloutCommand> = fc.oneof(
    fc.record({ type: is('StartRollout'), ...ids, ...numbers, plan, atMs }),
    { weight: 6, arbitrary: fc.record({ type: is('CompleteStep'), direction: fc.constantFrom('forward', 'back'), step: fc.nat(4), atMs }) },
    fc.record({ type: is('AbortRollout'), reason: is('deadline'), plan, atMs }),
    { weight: 1, arbitrary: fc.record({ type: is('SupersedeRollout'), byActivationId: is('b'), atMs }) },
  );
  obeysTheLaws(rollout, command);

  it('start once, take steps in order, turn back once and end once', () => {
    const ends = ['RolloutCompleted', 'RolloutRolledBack', 'RolloutFailed', 'RolloutSuperseded'];
    fc.assert(
      fc.property(fc.array(command, { maxLength: 100 }), (asked) => {
        const { history } = play(rollout, asked);
        const types: string[] = history.map(({ type }) => type);
        expect(types.filter((type) => ends.includes(type)).length).toBeLessThanOrEqual(1);
        expect(types.slice(0, -1).some((type) => ends.includes(type))).toBe(false);
        expect(types.filter((type) => type === 'RolloutAborted').length).toBeLessThanOrEqual(1);
        expect(types.lastIndexOf('RolloutStarted')).toBe(types.length > 0 ? 0 : -1);
        for (const direction of ['forward', 'back'])
          expect(history.flatMap((event) => (event.type === 'RolloutStepCompleted' && event.direction === direction ? [event.step] : []))).toEqual(
            [...history.filter((event) => event.type === 'RolloutStepCompleted' && event.direction === direction).keys()],
          );
      }),
    );
  });
});
