import { openOrchestratorLab, type OrchestratorLab } from '../testing/orchestrator-lab.js';
import type { CutMoment } from '../testing/generation.js';
import { until } from '../testing/until.js';

let lab: OrchestratorLab;
beforeEach(async () => void (lab = await openOrchestratorLab()));
afterEach(() => lab[Symbol.asyncDispose]());

const starts = () => lab.runtime.engines.started.map(({ replicaId, attempt }) => `${replicaId}/${attempt}`);

describe('an orchestrator that starts again', () => {
  it('takes over the engines that run, and starts none anew', async () => {
    const { id } = await lab.registry.create({ desiredReplicaCount: 3 });
    await lab.atRest(id, 'ACTIVE', 3);
    const [before, events] = [starts(), (await lab.events('ReplicaLaunched')).length];
    await lab.kill();
    await lab.atRest(id, 'ACTIVE', 3);
    expect(starts()).toEqual(before);
    expect((await lab.events('ReplicaLaunched')).length).toBe(events);
    for (const replica of (await lab.look(id)).replicaManagement.replicas) {
      lab.health.asked.delete(replica.id);
      await until('it is looked after', () => (lab.health.asked.get(replica.id) ?? 0) > 1);
    }
  });

  it('lets go without stopping anything', async () => {
    const { id } = await lab.registry.create();
    await lab.atRest(id, 'ACTIVE', 2);
    await lab.close();
    expect((await lab.runtime.list()).map(({ state }) => state)).toEqual(['running', 'running']);
    await lab.start();
    await lab.atRest(id, 'ACTIVE', 2);
  });

  it('notices what ended while it was away', async () => {
    const { id } = await lab.registry.create();
    const seen = await lab.atRest(id, 'ACTIVE', 2);
    await lab.close();
    for (const { id: replicaId } of seen.replicaManagement.replicas) lab.runtime.engines.exit(replicaId, { signal: 'SIGKILL' });
    await lab.start();
    await until('both run again', async () => (await lab.look(id)).replicaManagement.replicas.every(({ attempt, status }) => attempt === 2 && status === 'RUNNING'));
  });

  it('notices what is simply not there any more, as after a restart of the machine', async () => {
    const { id } = await lab.registry.create({ desiredReplicaCount: 1 });
    const seen = await lab.atRest(id, 'ACTIVE', 1);
    await lab.close();
    await lab.runtime.stop(seen.replicaManagement.replicas[0]?.id ?? '', { graceMs: 0 });
    await lab.start();
    await until('it runs again', async () => (await lab.look(id)).replicaManagement.replicas.some(({ attempt, status }) => attempt === 2 && status === 'RUNNING'));
    expect((await lab.events('ReplicaExited'))[0]).toMatchObject({ exitCode: null, signal: null });
  });

  it('stops engines that nobody wants, and no others', async () => {
    const { id } = await lab.registry.create();
    const seen = await lab.atRest(id, 'ACTIVE', 2);
    await lab.close();
    lab.runtime.engines.addStray('left-over-7', 1);
    await lab.start();
    expect((await lab.runtime.list()).map(({ replicaId }) => replicaId).sort()).toEqual(seen.replicaManagement.replicas.map((replica) => replica.id).sort());
    expect(lab.lines.some((line) => line.includes('replica.stray') && line.includes('left-over-7'))).toBe(true);
  });

  it('goes on with a drain where it was', async () => {
    const { id } = await lab.registry.create({ desiredReplicaCount: 1 });
    const seen = await lab.atRest(id, 'ACTIVE', 1);
    const replicaId = seen.replicaManagement.replicas[0]?.id ?? '';
    lab.proxyFollows = false;
    await lab.registry.change(id, { desiredReplicaCount: 0 });
    await until('it drains', async () => (await lab.events('ReplicaDraining')).length === 1);
    await lab.report({ [replicaId]: 1 });
    await lab.kill();
    await lab.report({ [replicaId]: 1 });
    expect((await lab.runtime.inspect(replicaId))?.state).toBe('running');
    lab.proxyFollows = true;
    await lab.report();
    await lab.atRest(id, 'INACTIVE', 0);
    expect(await lab.runtime.list()).toEqual([]);
  });
});

/** Every step of a life: `steps` is far beyond what one needs, so late ones are killed at rest. */
const KILLS: readonly (readonly [number, CutMoment])[] = Array.from({ length: 24 }, (_, index) => [Math.round(1 + index * 2.9), index % 2 === 0 ? 'before' : 'after']);

describe('an orchestrator that cannot read the log for a moment', () => {
  it('goes on where it was', async () => {
    const { id } = await lab.registry.create({ desiredReplicaCount: 1 });
    await lab.atRest(id, 'ACTIVE', 1);
    lab.generation.breakFollowers();
    await lab.registry.change(id, { desiredReplicaCount: 2 });
    await until('a third replica is asked for and serves', async () => {
      lab.clock.advance(100); // the fleets' next attempt to read
      if (lab.lines.some((line) => line.includes('the log cannot be read') && line.includes('replica.step.failed'))) await lab.registry.change(id, { desiredReplicaCount: 3 });
      return (await lab.look(id)).replicaManagement.readyReplicaCount === 3;
    });
  });
});

describe('an orchestrator that is killed', () => {
  it.each(KILLS)('at step %d (%s it took effect) ends its rollout after the restart, and leaves nothing over', async (step, moment) => {
    const { id } = await lab.registry.create({ desiredReplicaCount: 2 });
    await lab.atRest(id, 'ACTIVE', 2);
    const second = await lab.registry.publish(id);
    const died = lab.generation.dieAt(step, moment);
    await lab.registry.activate(id, second);
    const onTheWay = until('the rollout is over', async () => lab.generation.isDead || (await lab.look(id)).rollout?.status === 'COMPLETED');
    await Promise.race([died, onTheWay]);
    await lab.kill();
    await until('the second revision is active', async () => (await lab.events('RevisionActivated')).some(({ revisionId }) => revisionId === second));
    const seen = await lab.atRest(id, 'ACTIVE', 2);
    expect(seen.replicaManagement.replicas.every(({ revision }) => revision.id === second)).toBe(true);
    expect((await lab.runtime.list()).map(({ replicaId }) => replicaId).sort()).toEqual(seen.replicaManagement.replicas.map((replica) => replica.id).sort());
    expect(new Set(starts()).size).toBe(starts().length);
    expect(starts()).toHaveLength(4);
  });
});
