import fc from 'fast-check';
import { atMs, id, obeysTheLaws } from '../decider.conformance.js';
import { play } from '../given-when-then.js';
import { name, type NameCommand } from './name.js';

describe('names', () => {
  const command: fc.Arbitrary<NameCommand> = fc.record({ type: fc.constantFrom('ReserveName', 'ReleaseName'), deploymentId: id, atMs });
  obeysTheLaws(name, command);

  it('have one holder at a time', () => {
    fc.assert(
      fc.property(fc.array(command), (asked) => {
        const types = play(name, asked).history.map(({ type }) => type);
        expect(types.every((type, index) => type === (index % 2 === 0 ? 'NameReserved' : 'NameReleased'))).toBe(true);
      }),
    );
  });
});
