import type { DeploymentEvent } from '../deployment/deployment-events.js';
import type { ReplicaEvent } from '../replica/replica-events.js';
import type { RevisionEvent } from '../revision/revision.js';
import type { RolloutEvent } from '../rollout/rollout-events.js';
import { accessTokenRows } from './access-token-rows.projection.js';
import { deploymentRows } from './deployment-rows.projection.js';
import { fleetRows } from './fleet-rows.projection.js';
import type { PureProjection } from './pure-projection.js';
import { replicaRows } from './replica-rows.projection.js';
import { revisionRows } from './revision-rows.projection.js';
import { rolloutRows } from './rollout-rows.projection.js';

const strategy = { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } } as const;
const created: DeploymentEvent = {
  type: 'DeploymentCreated',
  deploymentId: 'd',
  name: 'tiny',
  domain: 'default',
  project: 'p',
  createdBy: 'u',
  openToPublic: true,
  preferredDomainName: null,
  tags: ['a'],
  strategy,
  desiredReplicaCount: 2,
  atMs: 5,
};

/** The row after the events, each of which must concern it. */
function rowAfter<Row, Event extends { readonly type: string }>(projection: PureProjection<Row, Event>, key: string, ...events: readonly Event[]): Row | null {
  let row: Row | null = null;
  for (const event of events) {
    expect(projection.types).toContain(event.type);
    expect(projection.keys(event, key)).toEqual([key]);
    row = projection.apply(row, event, key);
  }
  return row;
}

describe('the rows of access tokens', () => {
  const token = { tokenId: 't', deploymentId: 'd', name: 'ci', hash: 'f'.repeat(64), prefix: 'sk-f', createdBy: 'u', expiresAtMs: null, mayPinRevisions: true, atMs: 1 };

  it('hold no hash, and are gone with the token', () => {
    const row = rowAfter(accessTokenRows, 't', { type: 'AccessTokenCreated', ...token });
    expect(JSON.stringify(row)).not.toContain(token.hash);
    expect(row).toMatchObject({ tokenId: 't', name: 'ci', createdAtMs: 1, mayPinRevisions: true });
    expect(accessTokenRows.apply(row, { type: 'AccessTokenDeleted', tokenId: 't', deploymentId: 'd', atMs: 2 }, 't')).toBeNull();
  });
});

describe('the rows of deployments', () => {
  it('join the spec and the status, whichever comes first', () => {
    const status = { type: 'DeploymentStatusChanged', from: null, to: 'PROVISIONING', reason: '', atMs: 6 } as const;
    const row = rowAfter(deploymentRows, 'd', created, status);
    expect(row).toEqual(rowAfter(deploymentRows, 'd', status, created));
    expect(row && deploymentRows.columns(row)).toMatchObject({ name: 'tiny', status: 'PROVISIONING', openToPublic: true, tags: '["a"]', createdAtMs: 5 });
  });

  it('refuse an event that cannot follow', () => {
    expect(() => rowAfter(deploymentRows, 'd', created, created)).toThrow('cannot follow');
  });
});

describe('the rows of revisions', () => {
  it('have no number until the deployment has registered the revision', () => {
    const revision = { type: 'RevisionCreated', revisionId: 'r', deploymentId: 'd', name: null, tags: [], createdBy: 'u', atMs: 1 } as unknown as RevisionEvent;
    expect(rowAfter(revisionRows, 'r', revision)).toEqual({ created: revision, number: null });
    const registered = { type: 'RevisionRegistered', revisionId: 'r', number: 3, contentHash: '', atMs: 2 } as const;
    expect(rowAfter(revisionRows, 'r', revision, registered)).toEqual({ created: revision, number: 3 });
  });
});

describe('the rows of fleets', () => {
  it('tell status, weights and the desired count', () => {
    const weights = [{ revisionId: 'r', weightPercent: 100 }];
    const active = { type: 'DeploymentStatusChanged', from: 'PROVISIONING', to: 'ACTIVE', reason: 'ready', atMs: 9 } as const;
    const row = rowAfter(fleetRows, 'd', created, active, { type: 'RoutingChanged', weights, mirror: null, atMs: 10 }, { type: 'ReplicasDesired', desiredReplicaCount: 4, atMs: 11 });
    expect(row).toEqual({ deploymentId: 'd', status: 'ACTIVE', reason: 'ready', statusSinceMs: 9, weights, mirror: null, desired: 4 });
  });
});

describe('the rows of replicas', () => {
  const of = { deploymentId: 'd', revisionId: 'r' };
  const requested: ReplicaEvent = { type: 'ReplicaRequested', ...of, replicaId: 'd-0', name: 'tiny-0', ordinal: 0, atMs: 1 };
  const launched: ReplicaEvent = { type: 'ReplicaLaunched', ...of, attempt: 1, endpoint: 'http://127.0.0.1:1', handle: 'pid:1', atMs: 2 };
  const exited: ReplicaEvent = { type: 'ReplicaExited', ...of, attempt: 1, exitCode: 7, signal: null, lastLines: ['boom'], restartAtMs: 4, atMs: 3 };

  it('show the last trouble until the replica serves', () => {
    const row = rowAfter(replicaRows, 'd-0', requested, launched, exited);
    expect(row).toMatchObject({ errorData: { reason: 'EXITED', exitCode: 7, lastLines: ['boom'] }, updatedAtMs: 3 });
    const ready: ReplicaEvent = { type: 'ReplicaReady', ...of, attempt: 2, atMs: 6 };
    expect(rowAfter(replicaRows, 'd-0', requested, launched, exited, { ...launched, attempt: 2, atMs: 5 }, ready)).toMatchObject({ errorData: null });
  });

  it('say in their columns whether the replica is over', () => {
    const failed: ReplicaEvent = { type: 'ReplicaFailed', ...of, errorData: { reason: 'CRASH_LOOP', message: '', exitCode: 1, signal: null, lastLines: [] }, atMs: 9 };
    const row = rowAfter(replicaRows, 'd-0', requested, failed);
    expect(row && replicaRows.columns(row)).toMatchObject({ isOver: true, isFailed: true, deploymentId: 'd', revisionId: 'r' });
  });

  it('begin with the request', () => expect(() => rowAfter(replicaRows, 'd-0', launched)).toThrow('begins with ReplicaLaunched'));
});

describe('the rows of rollouts', () => {
  const of = { deploymentId: 'd', activationId: 'a' };
  const plan = [{ type: 'promote' }] as const;
  const goal = { rolloutId: 'a', targetRevisionId: 'r2', previousRevisionId: 'r1', strategy: 'ROLLING', sideBySide: false, desired: 1, surge: 1, unavailable: 0, progressDeadlineMs: 1, plan } as const;
  const started: RolloutEvent = { type: 'RolloutStarted', ...of, ...goal, atMs: 1 };

  it('have an end once the rollout has', () => {
    expect(rowAfter(rolloutRows, 'a', started)).toMatchObject({ targetRevisionId: 'r2', startedAtMs: 1, endedAtMs: null });
    const step: RolloutEvent = { type: 'RolloutStepCompleted', ...of, direction: 'forward', step: 0, atMs: 2 };
    expect(rowAfter(rolloutRows, 'a', started, step, { type: 'RolloutCompleted', ...of, atMs: 3 })).toMatchObject({ endedAtMs: 3, state: { phase: 'completed' } });
  });

  it('begin with the start', () => {
    expect(() => rowAfter(rolloutRows, 'a', { type: 'RolloutCompleted', ...of, atMs: 3 })).toThrow();
  });
});
