import { REVISIONS_PER_DEPLOYMENT_MAX } from '@slipway/domain';
import { refusal } from './command-errors.js';

describe('a broken rule, as a user meets it', () => {
  it('is told with its code, and what it is about', () => {
    expect(refusal({ type: 'TooManyRevisions', revisionsMax: REVISIONS_PER_DEPLOYMENT_MAX }, 'd')).toMatchObject({
      code: 'TOO_MANY_REVISIONS', message: `a deployment may have ${REVISIONS_PER_DEPLOYMENT_MAX} revisions`,
    });
    expect(refusal({ type: 'RevisionImmutable', revisionId: 'r' }, 'd')).toMatchObject({
      code: 'REVISION_IMMUTABLE', message: 'revision r is immutable; create a new revision instead',
    });
    expect(refusal({ type: 'NoSuchActivation', activationId: 'a' }, 'd')).toMatchObject({ code: 'CONTENTION' });
  });
});
