import fc from 'fast-check';
import { atMs, id, is, nullable, obeysTheLaws } from '../decider.conformance.js';
import { play } from '../given-when-then.js';
import { access, type AccessCommand } from './access.js';

describe('access tokens', () => {
  const facts = { deploymentId: is('d'), name: nullable(id), hash: is('h'), prefix: is('p'), createdBy: is('u'), mayPinRevisions: fc.boolean(), atMs };
  const command: fc.Arbitrary<AccessCommand> = fc.oneof(
    fc.record({ type: is('CreateAccessToken'), tokenId: id, expiresAtMs: nullable(fc.nat(2)), ...facts }),
    fc.record({ type: is('DeleteAccessToken'), tokenId: id, atMs }),
  );
  obeysTheLaws(access, command);

  it('are created at most once and deleted at most once, in this order', () => {
    fc.assert(
      fc.property(fc.array(command), (asked) => {
        const { history } = play(access, asked);
        for (const tokenId of new Set(history.map((event) => event.tokenId))) {
          const life = history.filter((event) => event.tokenId === tokenId).map(({ type }) => type);
          expect(life).toEqual(['AccessTokenCreated', 'AccessTokenDeleted'].slice(0, life.length));
        }
      }),
    );
  });
});
