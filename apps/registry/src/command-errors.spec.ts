import { logRefusal } from '@slipway/contracts';
import { REVISIONS_PER_DEPLOYMENT_MAX } from '@slipway/domain';
import { CommandTooLargeError, ContendedStreamError, LogOverloadedError } from '@slipway/event-log';
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

  it('is told of the log as what passes, or as input that is too large; anything else stays what it is', () => {
    expect(logRefusal(new ContendedStreamError('deployment-d'))).toMatchObject({ code: 'CONTENTION' });
    expect(logRefusal(new LogOverloadedError('full'))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(logRefusal(new CommandTooLargeError('deployment-d', 2, 1))).toMatchObject({ code: 'INVALID_INPUT', message: 'the input takes 2 bytes; 1 are allowed' });
    const other = new Error('other');
    expect(logRefusal(other)).toBe(other);
  });
});
