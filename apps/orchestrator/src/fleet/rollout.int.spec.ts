import { openOrchestratorLab, type OrchestratorLab, type Seen } from '../testing/orchestrator-lab.js';
import { until } from '../testing/until.js';

let lab: OrchestratorLab;
beforeEach(async () => void (lab = await openOrchestratorLab()));
afterEach(() => lab[Symbol.asyncDispose]());

const revisionsOf = (seen: Seen) => [...new Set(seen.replicaManagement.replicas.map(({ revision }) => revision.id))];
const statuses = async (id: string) => (await lab.events('DeploymentStatusChanged')).filter(({ streamId }) => streamId === `status-${id}`).map(({ to }) => to as string);

describe('a deployment', () => {
  it('goes from PROVISIONING to ACTIVE when its replicas serve (S1.13, X2)', async () => {
    const { id, revisionId } = await lab.registry.create();
    const seen = await lab.atRest(id, 'ACTIVE', 2);
    expect(seen).toMatchObject({
      traffic: [{ revision: { id: revisionId }, weightPercent: 100 }],
      rollout: { status: 'COMPLETED', reason: null },
      replicaManagement: { desiredReplicaCount: 2, readyReplicaCount: 2 },
    });
    expect(await statuses(id)).toEqual(['PROVISIONING', 'ACTIVE']);
  });

  it('switches its active revision by a rollout, and only the new one serves afterwards (S1.99)', async () => {
    const { id, revisionId } = await lab.registry.create({ desiredReplicaCount: 3 });
    await lab.atRest(id, 'ACTIVE', 3);
    const second = await lab.registry.publish(id);
    await lab.registry.activate(id, second);
    await until('the second revision serves alone', async () => revisionsOf(await lab.look(id)).join() === second);
    const seen = await lab.atRest(id, 'ACTIVE', 3);
    expect(seen.traffic).toEqual([{ revision: { id: second }, weightPercent: 100 }]);
    expect(await statuses(id)).toEqual(['PROVISIONING', 'ACTIVE', 'UPDATING', 'ACTIVE']);
    expect((await lab.runtime.list()).map(({ replicaId }) => replicaId).sort()).toEqual(seen.replicaManagement.replicas.map((replica) => replica.id).sort());
    const activated = (await lab.events('RevisionActivated')).map((event) => event.revisionId as string);
    expect(activated).toEqual([revisionId, second]);
  });

  it('moves traffic first and capacity later: nothing is stopped that still has its share (S1.99)', async () => {
    const { id } = await lab.registry.create();
    await lab.atRest(id, 'ACTIVE', 2);
    const second = await lab.registry.publish(id);
    await lab.registry.activate(id, second);
    await until('the second revision serves alone', async () => revisionsOf(await lab.look(id)).join() === second);
    await lab.atRest(id, 'ACTIVE', 2);
    const events = (await Array.fromAsync(lab.log.readAll({ filter: { types: ['ReplicaReady', 'ReplicaDraining', 'ReplicaRequested'] } }))).map(({ type, data }) => ({ type, ...(data as { revisionId: string }) }));
    let ready = 0;
    let existing = 0;
    for (const { type } of events) {
      if (type === 'ReplicaRequested') existing += 1;
      if (type === 'ReplicaReady') ready += 1;
      if (type === 'ReplicaDraining') [ready, existing] = [ready - 1, existing - 1];
      expect(existing).toBeLessThanOrEqual(3);
      if (type === 'ReplicaDraining') expect(ready).toBeGreaterThanOrEqual(2);
    }
  });

  it('keeps its revision when the new one does not come up, with the reason (S1.69)', async () => {
    const { id, revisionId } = await lab.registry.create();
    await lab.atRest(id, 'ACTIVE', 2);
    const second = await lab.registry.publish(id, { variant: 'cmd' });
    lab.runtime.engines.interceptNextLaunch(() => Promise.resolve({ type: 'refused', reason: 'UNSUPPORTED', message: 'it cannot run here', isPermanent: true }));
    await lab.registry.activate(id, second);
    await until('the activation failed', async () => (await lab.events('RevisionActivationFailed')).length > 0);
    const seen = await lab.atRest(id, 'ACTIVE', 2);
    expect(revisionsOf(seen)).toEqual([revisionId]);
    expect(seen.rollout).toMatchObject({ status: 'ROLLED_BACK', reason: 'UNSUPPORTED: it cannot run here' });
    const { _entities } = await lab.ask('query ($r: [_Any!]!) { _entities(representations: $r) { ... on ModelRevision { errorData } } }', { r: [{ __typename: 'ModelRevision', id: second }, { __typename: 'ModelRevision', id: revisionId }] });
    expect(JSON.parse(_entities[0].errorData)).toEqual({ reason: 'UNSUPPORTED', message: 'it cannot run here', exitCode: null, signal: null, lastLines: [] });
    expect(_entities[1].errorData).toBeNull();
  });

  it('is FAILED when its first revision does not come up, and recovers with a better one', async () => {
    lab.runtime.engines.interceptNextLaunch(() => Promise.resolve({ type: 'refused', reason: 'UNSUPPORTED', message: 'a replica over 3 nodes', isPermanent: true }));
    const { id } = await lab.registry.create({ desiredReplicaCount: 1 });
    const failed = await lab.atRest(id, 'FAILED', 0);
    expect(failed).toMatchObject({ statusReason: 'UNSUPPORTED: a replica over 3 nodes', rollout: { status: 'FAILED' }, traffic: [] });
    await lab.registry.activate(id, await lab.registry.publish(id));
    await lab.atRest(id, 'ACTIVE', 1);
    expect(await statuses(id)).toEqual(['PROVISIONING', 'FAILED', 'PROVISIONING', 'ACTIVE']);
  });

  it('takes a newer activation instead of the one under way', async () => {
    const { id } = await lab.registry.create();
    await lab.atRest(id, 'ACTIVE', 2);
    const [slow, third] = [await lab.registry.publish(id), await lab.registry.publish(id)];
    lab.health.everyone = 503;
    await lab.registry.activate(id, slow);
    await until('a replica of the second revision starts', async () => revisionsOf(await lab.look(id)).includes(slow));
    lab.health.everyone = 200;
    await lab.registry.activate(id, third);
    await until('the third revision serves alone', async () => revisionsOf(await lab.look(id)).join() === third);
    await lab.atRest(id, 'ACTIVE', 2);
    const { _entities } = await lab.ask('query ($r: [_Any!]!) { _entities(representations: $r) { ... on ModelDeployment { rollouts(limit: 3) { status targetRevision { id } } } } }', {
      r: [{ __typename: 'ModelDeployment', id, instant: 'now' }],
    });
    expect(_entities[0].rollouts.map((rollout: { status: string }) => rollout.status)).toEqual(['COMPLETED', expect.stringMatching(/SUPERSEDED|COMPLETED/), 'COMPLETED']);
  });

  it('rolls back when there is no progress for too long', async () => {
    const { id, revisionId } = await lab.registry.create();
    await lab.atRest(id, 'ACTIVE', 2);
    const second = await lab.registry.publish(id);
    lab.health.everyone = 'hang';
    for (const { replicaId } of await lab.runtime.list()) lab.health.answers.set(replicaId, 200);
    await lab.registry.activate(id, second);
    await until('a replica of the second revision starts', async () => revisionsOf(await lab.look(id)).includes(second));
    await until('its rollout waits', async () => (await lab.look(id)).rollout?.status === 'RUNNING');
    lab.clock.advance(600_001);
    await until('it was rolled back', async () => (await lab.look(id)).rollout?.status === 'ROLLED_BACK');
    expect(revisionsOf(await lab.atRest(id, 'ACTIVE', 2))).toEqual([revisionId]);
  });
});

describe('the number of replicas', () => {
  it('follows what is desired: up, down, to nothing and back (S1.16, S1.31)', async () => {
    const { id } = await lab.registry.create({ desiredReplicaCount: 1 });
    await lab.atRest(id, 'ACTIVE', 1);
    for (const desiredReplicaCount of [4, 2]) {
      await lab.registry.change(id, { desiredReplicaCount });
      expect((await lab.atRest(id, 'ACTIVE', desiredReplicaCount)).replicaManagement.desiredReplicaCount).toBe(desiredReplicaCount);
    }
    await lab.registry.change(id, { desiredReplicaCount: 0 });
    await lab.atRest(id, 'INACTIVE', 0);
    expect(await lab.runtime.list()).toEqual([]);
    await lab.registry.change(id, { desiredReplicaCount: 2 });
    await lab.atRest(id, 'ACTIVE', 2);
    expect(await statuses(id)).toEqual(['PROVISIONING', 'ACTIVE', 'INACTIVE', 'ACTIVE']);
  });

  it('may be none from the start', async () => {
    const { id } = await lab.registry.create({ desiredReplicaCount: 0 });
    await lab.atRest(id, 'INACTIVE', 0);
    await lab.registry.activate(id, await lab.registry.publish(id));
    await until('the second activation is over', async () => (await lab.events('RevisionActivated')).length === 2);
    await lab.atRest(id, 'INACTIVE', 0);
    await lab.registry.change(id, { desiredReplicaCount: 1 });
    await lab.atRest(id, 'ACTIVE', 1);
  });

  it('replaces one that was given up, later each time', async () => {
    const { id } = await lab.registry.create({ desiredReplicaCount: 2 });
    const before = await lab.atRest(id, 'ACTIVE', 2);
    const [victim] = before.replicaManagement.replicas;
    lab.runtime.engines.interceptNextLaunch(() => Promise.resolve({ type: 'refused', reason: 'LAUNCH_FAILED', message: 'gone', isPermanent: true }));
    lab.runtime.engines.exit(victim?.id ?? '', { exitCode: 1 });
    await until('it was given up', async () => (await lab.events('ReplicaFailed')).length === 1);
    lab.clock.advance(1000);
    const after = await lab.atRest(id, 'ACTIVE', 2);
    expect(after.replicaManagement.replicas.map((replica) => replica.id)).not.toContain(victim?.id);
  });
});

describe('deleting a deployment', () => {
  it('drains and stops every replica, and only then is it destroyed (S1.100, X2)', async () => {
    const { id } = await lab.registry.create({ desiredReplicaCount: 3 });
    await lab.atRest(id, 'ACTIVE', 3);
    lab.proxyFollows = false;
    await lab.registry.remove(id);
    await until('it is being destroyed', async () => (await lab.look(id)).status === 'DESTROYING');
    expect((await lab.look(id)).replicaManagement.replicas).toHaveLength(3);
    lab.proxyFollows = true;
    await lab.report();
    await until('it is destroyed', async () => (await lab.look(id)).status === 'DESTROYED');
    expect(await lab.runtime.list()).toEqual([]);
    expect((await lab.look(id)).replicaManagement.replicas).toEqual([]);
    await until('the registry has heard of it', async () => (await lab.events('DeploymentDeleted')).length === 1);
    expect(await statuses(id)).toEqual(['PROVISIONING', 'ACTIVE', 'DESTROYING', 'DESTROYED']);
  });

  it('ends a rollout under way', async () => {
    const { id } = await lab.registry.create();
    await lab.atRest(id, 'ACTIVE', 2);
    lab.health.everyone = 503;
    const second = await lab.registry.publish(id);
    await lab.registry.activate(id, second);
    await until('a replica of the second revision starts', async () => revisionsOf(await lab.look(id)).includes(second));
    await lab.registry.remove(id);
    await until('it is destroyed', async () => (await lab.look(id)).status === 'DESTROYED');
    expect(await lab.runtime.list()).toEqual([]);
  });
});
