import { accept, fold, reject } from '../decider.js';
import { given } from '../given-when-then.js';
import { activate, activated, confirm, created, createDeployment, hashOf, registered, requested, serving } from './deployment-story.js';
import { deployment, REVISIONS_PER_DEPLOYMENT_MAX } from './deployment.js';
import type { DeploymentEvent } from './deployment-events.js';

const deletion: readonly DeploymentEvent[] = [
  { type: 'DeploymentDeletionRequested', atMs: 8 },
  { type: 'DeploymentDeleted', atMs: 9 },
];

describe('creating a deployment (S1.46)', () => {
  it('registers its first revision as number 1 and asks for it to become active, all in one', () => {
    expect(given(deployment).when(createDeployment)).toEqual(accept<DeploymentEvent>(created, registered('r1', 1), requested('a1', 'r1')));
  });

  it('happens once, however often the command arrives', () => {
    expect(given(deployment, created).when(createDeployment)).toEqual(accept());
  });

  it('is refused under an id that another deployment has', () => {
    const other = { ...createDeployment, name: 'falcon' };
    expect(given(deployment, created).when(other)).toEqual(reject({ type: 'DeploymentExists', deploymentId: 'd' }));
  });

  it('must come before everything else', () => {
    expect(given(deployment).when(activate('a', 'r'))).toEqual(reject({ type: 'NoSuchDeployment' }));
    expect(() => given(deployment, registered('r1', 1))).toThrow('event RevisionRegistered cannot follow phase absent');
    expect(() => given(deployment, created, created)).toThrow('cannot follow phase living');
  });
});

describe('revisions of a deployment', () => {
  const register = (revisionId: string) => ({ type: 'RegisterRevision', revisionId, contentHash: hashOf(revisionId), atMs: 1 }) as const;

  it('are numbered in order and never twice (S2.11)', () => {
    const story = given(deployment, ...serving);
    expect(story.when(register('r3'))).toEqual(accept(registered('r3', 3)));
    expect(story.when(register('r3'))).toEqual(accept());
    expect(story.when(register('r4'))).toEqual(accept(registered('r4', 4)));
  });

  it('are not active by being registered (S1.97)', () => {
    expect(given(deployment, ...serving).state).toMatchObject({ activeRevisionId: 'r1', pending: null, revisionCount: 2 });
  });

  it('are limited in number', () => {
    const full = { ...fold(deployment, serving), revisionCount: REVISIONS_PER_DEPLOYMENT_MAX };
    expect(deployment.decide(register('more'), full)).toEqual(
      reject({ type: 'TooManyRevisions', revisionsMax: REVISIONS_PER_DEPLOYMENT_MAX }),
    );
  });
});

describe('activating a revision (S1.99)', () => {
  const asked = requested('a2', 'r2', { previousRevisionId: 'r1', cause: { kind: 'activate' }, atMs: 5 });

  it('is asked for once, and settled by the confirmation', () => {
    const story = given(deployment, ...serving);
    expect(story.when(activate('a2', 'r2'))).toEqual(accept(asked));
    expect(story.when(activate('a2', 'r2'))).toEqual(accept());
    expect(story.when(activate('a3', 'r2'))).toEqual(accept()); // on its way already
    expect(story.when(confirm('a2'))).toEqual(accept(activated('a2', 'r2')));
    expect(story.when(confirm('a2'))).toEqual(accept());
    expect(story.when(activate('a2', 'r2'))).toEqual(accept()); // a late repetition
    expect(story.when(activate('a4', 'r2'))).toEqual(accept()); // active already
  });

  it('keeps the revisions that were active before, oldest first, each once (S1.22)', () => {
    const history: DeploymentEvent[] = [...serving, registered('r3', 3)];
    for (const [index, revisionId] of ['r2', 'r3', 'r1', 'r2'].entries())
      history.push(requested(`b${index}`, revisionId), activated(`b${index}`, revisionId));
    expect(fold(deployment, history)).toMatchObject({ activeRevisionId: 'r2', history: ['r3', 'r1'] });
  });

  it.each(['r9', 'constructor', '__proto__'])('is refused for the unknown revision %s, and no setting changes with it', (revisionId) => {
    const command = activate('a2', revisionId, { name: 'other', settings: { tags: ['z'] } });
    expect(given(deployment, ...serving).when(command)).toEqual(reject({ type: 'NoSuchRevision', revisionId }));
  });

  it('is tried again after its rollout turned back or failed, and only then', () => {
    const fail = { type: 'FailActivation', activationId: 'a2', reason: 'crash loop', atMs: 7 } as const;
    const again = { type: 'RetryActivation', activationId: 'a5', ofRolloutId: 'a2', atMs: 8 } as const;
    const story = given(deployment, ...serving, asked);
    expect(story.when(again)).toEqual(reject({ type: 'NothingToRetry', rolloutId: 'a2' }));
    story.when(fail);
    expect(story.when(again)).toEqual(
      accept({ type: 'RevisionActivationRequested', activationId: 'a5', revisionId: 'r2', previousRevisionId: 'r1', cause: { kind: 'retry', ofRolloutId: 'a2' }, atMs: 8 }),
    );
    expect(story.when(again)).toEqual(accept());
    expect(story.when({ ...again, activationId: 'a6' })).toEqual(accept()); // on its way already
    expect(story.when({ ...again, ofRolloutId: 'a1', activationId: 'a7' })).toEqual(reject({ type: 'NothingToRetry', rolloutId: 'a1' }));
  });

  it('leaves the old one active when it fails', () => {
    const fail = { type: 'FailActivation', activationId: 'a2', reason: 'crash loop', atMs: 7 } as const;
    const story = given(deployment, ...serving, asked);
    expect(story.when(fail)).toEqual(
      accept({ type: 'RevisionActivationFailed', activationId: 'a2', revisionId: 'r2', reason: 'crash loop', atMs: 7 }),
    );
    expect(story.when(fail)).toEqual(accept());
    expect(story.when(confirm('a2'))).toEqual(accept()); // settled
    expect(story.when(activate('a5', 'r2'))).toHaveProperty('accepted.length', 1); // may be tried again
  });

  it('gives way to a newer request; news of the older one is refused', () => {
    const story = given(deployment, ...serving, registered('r3', 3), asked);
    expect(story.when(activate('a3', 'r3'))).toHaveProperty('accepted.length', 1);
    expect(story.when(confirm('a2'))).toEqual(reject({ type: 'NoSuchActivation', activationId: 'a2' }));
    expect(story.when(confirm('a3'))).toEqual(accept(activated('a3', 'r3')));
  });

  it('can turn back to the active revision while another is on its way', () => {
    expect(given(deployment, ...serving, asked).when(activate('a3', 'r1'))).toEqual(
      accept(requested('a3', 'r1', { previousRevisionId: 'r1', cause: { kind: 'activate' }, atMs: 5 })),
    );
  });
});

describe('rolling back to a time (S2.8)', () => {
  const rollback = { kind: 'rollback', toTimeMs: 3, expectedHash: 'h' } as const;
  const back = { type: 'ChangeDeployment', activation: { activationId: 'a2', revisionId: 'r1', cause: rollback }, atMs: 5 } as const;

  it('is recorded even when the revision is active already', () => {
    expect(given(deployment, ...serving).when(back)).toHaveProperty('accepted.0.cause', rollback);
  });

  it.each([
    ['h', true],
    ['other', false],
  ])('is compared with the configuration then: hash %s, verified %s', (actualHash, verified) => {
    expect(given(deployment, ...serving).when(back, confirm('a2', actualHash))).toEqual(
      accept<DeploymentEvent>(activated('a2', 'r1'), { type: 'RollbackVerified', activationId: 'a2', expectedHash: 'h', actualHash, verified, atMs: 2 }),
    );
  });
});

describe('changing a deployment (S1.47)', () => {
  it('records one fact per setting that differs, and nothing when it is said again', () => {
    const settings = { openToPublic: true, preferredDomainName: 'a.b', tags: ['b'], desiredReplicaCount: 3 };
    const change = { type: 'ChangeDeployment', name: 'falcon', settings, atMs: 5 } as const;
    const story = given(deployment, ...serving);
    expect(story.when(change)).toEqual(
      accept(
        { type: 'DeploymentRenamed', name: 'falcon', previousName: 'llama-3', atMs: 5 },
        { type: 'DeploymentVisibilityChanged', openToPublic: true, atMs: 5 },
        { type: 'PreferredDomainNameChanged', preferredDomainName: 'a.b', previous: null, atMs: 5 },
        { type: 'DeploymentTagsChanged', tags: ['b'], atMs: 5 },
        { type: 'ReplicasDesired', desiredReplicaCount: 3, atMs: 5 },
      ),
    );
    expect(story.when(change)).toEqual(accept());
  });
});

describe('deleting a deployment (S1.48)', () => {
  it('is asked for and then confirmed, each once', () => {
    const story = given(deployment, ...serving);
    expect(story.when({ type: 'ConfirmDeletion', atMs: 9 })).toEqual(accept()); // nobody asked
    expect(story.when({ type: 'DeleteDeployment', atMs: 8 })).toEqual(accept(deletion[0]));
    expect(story.when({ type: 'DeleteDeployment', atMs: 8 })).toEqual(accept());
    expect(story.when({ type: 'ConfirmDeletion', atMs: 9 })).toEqual(accept(deletion[1]));
    expect(story.when({ type: 'ConfirmDeletion', atMs: 9 })).toEqual(accept());
  });

  it.each([1, 2])('lets nothing be changed any more (%i facts on)', (length) => {
    const gone = given(deployment, ...serving, requested('a2', 'r2'), ...deletion.slice(0, length));
    expect(gone.when(activate('a3', 'r1'))).toEqual(reject({ type: 'DeploymentIsGone', deploymentId: 'd' }));
  });

  it('records nothing after the end, whatever news comes late', () => {
    const gone = given(deployment, ...serving, requested('a2', 'r2'), ...deletion);
    expect(gone.when(confirm('a2'))).toEqual(accept());
    expect(gone.when({ type: 'FailActivation', activationId: 'a2', reason: '', atMs: 9 })).toEqual(accept());
  });
});
