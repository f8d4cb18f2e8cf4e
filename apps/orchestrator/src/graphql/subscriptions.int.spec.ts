import type { ExecutionResult } from 'graphql';
import { openOrchestratorLab, type OrchestratorLab } from '../testing/orchestrator-lab.js';
import { until } from '../testing/until.js';

// The value's shape is the query's.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Value = any;

let lab: OrchestratorLab;
beforeEach(async () => void (lab = await openOrchestratorLab()));
afterEach(() => lab[Symbol.asyncDispose]());

const STATUS = `subscription ($id: ID!) { deploymentStatusChanged(deploymentId: $id) {
  id instant status statusReason traffic { revision { id } weightPercent } replicaManagement { desiredReplicaCount } } }`;
const REPLICA = 'subscription ($id: ID!) { replicaStatusChanged(revisionId: $id) { id name status attempt errorData revision { id } } }';

/** Everything pushed so far. */
async function collecting(query: string, id: string) {
  const iterator = await lab.subscribe(query, { id });
  const values: Value[] = [];
  const ended = (async () => {
    for await (const { data, errors } of iterator as AsyncIterable<ExecutionResult<Value>>) {
      if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join());
      values.push(JSON.parse(JSON.stringify(Object.values(data as object)[0])));
    }
  })();
  return { values, ended, leave: () => iterator.return?.() };
}

describe('deploymentStatusChanged', () => {
  it('tells each change once and in order (S1.43)', async () => {
    const { id } = await lab.registry.create();
    await lab.atRest(id, 'ACTIVE', 2);
    const one = await collecting(STATUS, id);
    const two = await collecting(STATUS, id);
    await lab.registry.activate(id, await lab.registry.publish(id));
    await until('it is active again', () => one.values.at(-1)?.status === 'ACTIVE');
    await lab.registry.remove(id);
    await until('it is destroyed', () => one.values.at(-1)?.status === 'DESTROYED' && two.values.at(-1)?.status === 'DESTROYED');
    for (const { values } of [one, two]) expect(values.map(({ status }) => status)).toEqual(['UPDATING', 'ACTIVE', 'DESTROYING', 'DESTROYED']);
    expect(one.values[0]).toMatchObject({ id, instant: 'now' });
    await Promise.all([one.leave(), two.leave()]);
  });

  it('tells of the deployment as it is at that change: traffic and desired count too', async () => {
    const { id, revisionId } = await lab.registry.create({ desiredReplicaCount: 1 });
    await lab.atRest(id, 'ACTIVE', 1);
    const { values, leave } = await collecting(STATUS, id);
    const second = await lab.registry.publish(id);
    await lab.registry.change(id, { desiredReplicaCount: 3 });
    await lab.registry.activate(id, second);
    await until('it is active again', () => values.at(-1)?.status === 'ACTIVE');
    expect(values[0]).toMatchObject({ status: 'UPDATING', traffic: [{ revision: { id: revisionId }, weightPercent: 100 }], replicaManagement: { desiredReplicaCount: 3 } });
    expect(values.at(-1)).toMatchObject({ traffic: [{ revision: { id: second }, weightPercent: 100 }], replicaManagement: { desiredReplicaCount: 3 } });
    await leave();
  });

  it('tells of one deployment only', async () => {
    const [one, two] = [await lab.registry.create({ name: 'one' }), await lab.registry.create({ name: 'two' })];
    await lab.atRest(one.id, 'ACTIVE', 2);
    await lab.atRest(two.id, 'ACTIVE', 2);
    const { values, leave } = await collecting(STATUS, one.id);
    await lab.registry.remove(two.id);
    await until('the other is destroyed', async () => (await lab.look(two.id)).status === 'DESTROYED');
    await lab.registry.remove(one.id);
    await until('it is destroyed', () => values.at(-1)?.status === 'DESTROYED');
    expect(values.every(({ id }) => id === one.id)).toBe(true);
    await leave();
  });

  it.each([['a made-up id', 'nothing'], ['a NUL', 'nul\0'], ['a long text', 'x'.repeat(3000)], ['nothing', '']])('is refused for what does not exist: %s', async (_what, id) => {
    const { ended } = await collecting(STATUS, id);
    await expect(ended).rejects.toThrow(/there is no deployment/);
  });
});

describe('replicaStatusChanged', () => {
  it('tells each change once and in order (S1.44)', async () => {
    const { id, revisionId } = await lab.registry.create({ desiredReplicaCount: 1 });
    const { values, leave } = await collecting(REPLICA, revisionId);
    const { replicaManagement } = await lab.atRest(id, 'ACTIVE', 1);
    const replicaId = replicaManagement.replicas[0]?.id ?? '';
    lab.runtime.engines.print(replicaId, 'last words');
    lab.runtime.engines.exit(replicaId, { exitCode: 9 });
    await until('it runs again', () => values.some(({ attempt, status }) => attempt === 2 && status === 'RUNNING'));
    await lab.registry.remove(id);
    await until('it is gone', () => values.at(-1)?.status === 'TERMINATED');
    expect(values.map(({ status, attempt }) => `${status} ${attempt}`).slice(-9)).toEqual([
      'PROVISIONING 0', 'PROVISIONING 1', 'RUNNING 1', 'RESTARTING 1', 'PROVISIONING 2', 'RUNNING 2', 'DRAINING 2', 'DRAINING 2', 'TERMINATED 2',
    ].slice(-values.length));
    expect(values.every((value) => value.id === replicaId && value.revision.id === revisionId && value.name === 'tiny-0')).toBe(true);
    expect(JSON.parse(values.find(({ status }) => status === 'RESTARTING')?.errorData)).toMatchObject({ exitCode: 9, lastLines: ['last words'] });
    await leave();
  });

  it('tells of a replica that was there before with all that is known of it', async () => {
    const { id, revisionId } = await lab.registry.create({ desiredReplicaCount: 1 });
    await lab.atRest(id, 'ACTIVE', 1);
    const { values, leave } = await collecting(REPLICA, revisionId);
    await lab.registry.change(id, { desiredReplicaCount: 0 });
    await until('it is gone', () => values.at(-1)?.status === 'TERMINATED');
    expect(values.map(({ name, status }) => `${name} ${status}`)).toEqual(['tiny-0 DRAINING', 'tiny-0 DRAINING', 'tiny-0 TERMINATED']);
    await leave();
  });

  it('tells nothing of other revisions', async () => {
    const { id, revisionId } = await lab.registry.create({ desiredReplicaCount: 1 });
    await lab.atRest(id, 'ACTIVE', 1);
    const second = await lab.registry.publish(id);
    const { values, leave } = await collecting(REPLICA, second);
    await lab.registry.activate(id, second);
    await until('the first revision is gone', async () => (await lab.events('ReplicaStopped')).some((event) => event.revisionId === revisionId));
    await until('it runs', () => values.at(-1)?.status === 'RUNNING');
    expect(values.every(({ revision }) => revision.id === second)).toBe(true);
    await leave();
  });

  it.each([['a made-up id', 'nothing'], ['a NUL', 'nul\0'], ['nothing', '']])('is refused for what does not exist: %s', async (_what, id) => {
    const { ended } = await collecting(REPLICA, id);
    await expect(ended).rejects.toThrow(/there is no revision/);
  });
});

describe('a client that leaves', () => {
  it('is followed for no longer, also while nothing happens', async () => {
    const { id, revisionId } = await lab.registry.create({ desiredReplicaCount: 1 });
    await lab.atRest(id, 'ACTIVE', 1);
    await lab.registry.remove(id);
    await until('it is at rest', async () => (await lab.events('DeploymentDeleted')).length === 1);
    const followers = lab.generation.followers;
    const open = await Promise.all([...Array<string>(20).fill(STATUS).map((query) => collecting(query, id)), ...Array<string>(20).fill(REPLICA).map((query) => collecting(query, revisionId))]);
    await until('all are followed', () => lab.generation.followers === followers + 40);
    for (const { leave } of open) await leave();
    await Promise.all(open.map(({ ended }) => ended));
    await until('nobody is', () => lab.generation.followers === followers);
  });
});
