import { openOrchestratorLab, type OrchestratorLab } from '../testing/orchestrator-lab.js';
import { until } from '../testing/until.js';

let lab: OrchestratorLab;
afterEach(() => lab[Symbol.asyncDispose]());

const oneRunning = async (): Promise<{ readonly id: string; readonly replicaId: string; readonly revisionId: string }> => {
  const { id, revisionId } = await lab.registry.create({ desiredReplicaCount: 1 });
  const seen = await lab.atRest(id, 'ACTIVE', 1);
  return { id, revisionId, replicaId: seen.replicaManagement.replicas[0]?.id ?? '' };
};
const phase = async (id: string) => (await lab.look(id)).replicaManagement.replicas[0];
const startedOf = (replicaId: string) => lab.runtime.engines.started.filter((started) => started.replicaId === replicaId).map(({ attempt }) => attempt);
const typesOf = async (replicaId: string) => {
  const read = await lab.log.readStream(`replica-${replicaId}`);
  return 'found' in read ? (await Array.fromAsync(read.found)).map(({ type }) => type) : [];
};

describe('a replica', () => {
  beforeEach(async () => void (lab = await openOrchestratorLab()));

  it('is in the log before its engine is started', async () => {
    let seenBefore: readonly string[] = [];
    lab.runtime.engines.interceptNextLaunch(async () => {
      seenBefore = (await lab.events('ReplicaRequested')).map(({ streamId }) => streamId as string);
      throw new Error('the answer was lost');
    });
    const { replicaId } = await oneRunning();
    expect(seenBefore).toEqual([`replica-${replicaId}`]);
    expect(await typesOf(replicaId)).toEqual(['ReplicaRequested', 'ReplicaLaunched', 'ReplicaReady']);
  });

  it('is started again when its engine ends, and says meanwhile why', async () => {
    const { id, replicaId } = await oneRunning();
    lab.health.answers.set(replicaId, 503);
    lab.runtime.engines.print(replicaId, 'CUDA error: out of memory');
    lab.runtime.engines.exit(replicaId, { exitCode: 137 });
    await until('it runs again', async () => (await phase(id))?.attempt === 2);
    expect(JSON.parse((await phase(id))?.errorData ?? 'null')).toEqual({
      reason: 'EXITED', message: 'the engine ended and is started again', exitCode: 137, signal: null, lastLines: ['CUDA error: out of memory'],
    });
    lab.health.answers.set(replicaId, 200);
    await lab.atRest(id, 'ACTIVE', 1);
    expect((await phase(id))?.errorData).toBeNull();
    expect(startedOf(replicaId)).toEqual([1, 2]);
  });

  it('waits longer before every further start, and is given up when it ends again and again (S1.69)', async () => {
    lab.health.everyone = 503;
    const { id, revisionId } = await lab.registry.create({ desiredReplicaCount: 1 });
    for (let attempt = 1; attempt <= 5; attempt++) {
      await until(`start ${attempt}`, async () => (await phase(id))?.attempt === attempt && (await phase(id))?.status === 'PROVISIONING');
      const [running] = await lab.runtime.list();
      lab.runtime.engines.print(running?.replicaId ?? '', `crash ${attempt}`);
      lab.runtime.engines.exit(running?.replicaId ?? '', { signal: 'SIGSEGV' });
    }
    const failed = await lab.atRest(id, 'FAILED', 0);
    expect(failed.statusReason).toMatch(/^CRASH_LOOP: the engine ended 5 times/);
    const exits = await lab.events('ReplicaExited');
    expect(exits.map(({ restartAtMs, atMs }) => restartAtMs - atMs)).toEqual([0, 500, 1000, 2000]);
    const { _entities } = await lab.ask('query ($r: [_Any!]!) { _entities(representations: $r) { ... on ModelRevision { errorData } } }', { r: [{ __typename: 'ModelRevision', id: revisionId }] });
    expect(JSON.parse(_entities[0].errorData)).toMatchObject({ reason: 'CRASH_LOOP', exitCode: null, signal: 'SIGSEGV', lastLines: expect.arrayContaining(['crash 1', 'crash 5']) });
    expect(await lab.runtime.list()).toEqual([]);
  });

  it('is unready while its checks fail, and ready again when they pass', async () => {
    const { id, replicaId } = await oneRunning();
    lab.health.answers.set(replicaId, 500);
    await until('it is unhealthy', async () => (await phase(id))?.status === 'UNHEALTHY');
    lab.health.answers.set(replicaId, 200);
    await lab.atRest(id, 'ACTIVE', 1);
    expect(startedOf(replicaId)).toEqual([1]);
    expect(await typesOf(replicaId)).toEqual(['ReplicaRequested', 'ReplicaLaunched', 'ReplicaReady', 'ReplicaUnready', 'ReplicaReady']);
  });

  it('that hangs for too long is ended and started again', async () => {
    const { id, replicaId } = await oneRunning();
    lab.health.answers.set(replicaId, 500);
    await until('it was ended', async () => startedOf(replicaId).length === 2);
    lab.health.answers.set(replicaId, 200);
    await lab.atRest(id, 'ACTIVE', 1);
    const [exit] = await lab.events('ReplicaExited');
    expect(exit.lastLines[0]).toMatch(/^stayed unready after \d+ failed checks, the last: status 500/);
  });

  it('that does not come up in its time is ended and started again', async () => {
    lab.health.everyone = 503;
    const { id } = await lab.registry.create({ desiredReplicaCount: 1 });
    await until('it was started again', async () => ((await phase(id))?.attempt ?? 0) >= 2);
    lab.health.everyone = 200;
    await lab.atRest(id, 'ACTIVE', 1);
    const [exit] = await lab.events('ReplicaExited');
    expect(exit.lastLines[0]).toMatch(/^failed to become ready after 3 failed checks, the last: status 503/);
  });

  it('is tried again when the runtime itself could not work', async () => {
    lab.runtime.engines.interceptNextLaunch(() => Promise.reject(new Error('ENOSPC: no space left on device')));
    await oneRunning();
    expect(lab.lines.some((line) => line.includes('replica.step.failed') && line.includes('ENOSPC'))).toBe(true);
  });

  it('whose engine ends before its start is recorded is started again', async () => {
    lab.runtime.engines.interceptNextLaunch(async () => {
      const replicaId = ((await lab.events('ReplicaRequested'))[0].streamId as string).slice('replica-'.length);
      lab.runtime.engines.addStray(replicaId, 1);
      const observation = await lab.runtime.inspect(replicaId);
      if (observation === null) throw new Error('it was just started');
      lab.runtime.engines.exit(replicaId, { exitCode: 3 });
      return { type: 'running', observation, adopted: false };
    });
    const { replicaId } = await oneRunning();
    expect(await typesOf(replicaId)).toEqual(['ReplicaRequested', 'ReplicaLaunched', 'ReplicaExited', 'ReplicaLaunched', 'ReplicaReady']);
    expect((await lab.events('ReplicaExited'))[0]).toMatchObject({ attempt: 1, exitCode: 3 });
  });

  it('of which the runtime knows a later start takes that over, with its address', async () => {
    lab.runtime.engines.interceptNextLaunch(async () => {
      const replicaId = ((await lab.events('ReplicaRequested'))[0].streamId as string).slice('replica-'.length);
      lab.runtime.engines.addStray(replicaId, 4);
      throw new Error('the answer was lost');
    });
    const { id, replicaId } = await oneRunning();
    expect((await phase(id))?.attempt).toBe(4);
    expect(startedOf(replicaId)).toEqual([]);
    expect((await lab.events('ReplicaLaunched'))[0]).toMatchObject({ attempt: 4, endpoint: `http://127.0.0.1:${lab.health.port}` });
  });
});

describe('a replica on its way out', () => {
  beforeEach(async () => void (lab = await openOrchestratorLab()));

  const draining = async () => {
    const running = await oneRunning();
    lab.proxyFollows = false;
    await lab.registry.change(running.id, { desiredReplicaCount: 0 });
    await until('it drains', async () => (await phase(running.id))?.status === 'DRAINING');
    return running;
  };

  it('is stopped only when every proxy has heard of it and has no request on it', async () => {
    const { id, replicaId } = await draining();
    const [{ position }] = (await lab.events('ReplicaDraining')) as [{ position: number }];
    const stillRuns = async () => expect((await lab.runtime.inspect(replicaId))?.state).toBe('running');
    await lab.report({}, position - 1);
    await stillRuns();
    await lab.report({ [replicaId]: 3 }, position);
    await stillRuns();
    lab.proxies.take({ proxyId: 'p2', position: position - 1, inFlightByReplica: {} });
    await lab.report({}, position);
    await stillRuns();
    lab.proxies.take({ proxyId: 'p2', position, inFlightByReplica: { [replicaId]: 1 } });
    await stillRuns();
    expect((await phase(id))?.status).toBe('DRAINING');
    lab.proxies.take({ proxyId: 'p2', position, inFlightByReplica: {} });
    lab.proxyFollows = true;
    await until('it is stopped', async () => (await lab.runtime.inspect(replicaId)) === null);
    expect((await lab.events('ReplicaDrained'))[0]).toMatchObject({ forced: false, inFlight: 0 });
    expect(await typesOf(replicaId)).toEqual(['ReplicaRequested', 'ReplicaLaunched', 'ReplicaReady', 'ReplicaDraining', 'ReplicaDrained', 'ReplicaStopped']);
  });

  it('is stopped at its limit all the same, and the log says what was cut off', async () => {
    const { replicaId } = await draining();
    await lab.report({ [replicaId]: 2 });
    lab.jump(120_001);
    await lab.report({ [replicaId]: 2 });
    await until('it is stopped', async () => (await lab.runtime.inspect(replicaId)) === null);
    expect((await lab.events('ReplicaDrained'))[0]).toMatchObject({ forced: true, inFlight: 2 });
  });

  it('does not wait for a proxy that is gone', async () => {
    const { replicaId } = await draining();
    await lab.report({ [replicaId]: 2 });
    lab.proxies.left('p1');
    lab.proxies.take({ proxyId: 'p2', position: await lab.log.head(), inFlightByReplica: {} });
    await until('it is stopped', async () => (await lab.runtime.inspect(replicaId)) === null);
    expect((await lab.events('ReplicaDrained'))[0]).toMatchObject({ forced: false });
  });

  it('that ends by itself is not started again', async () => {
    const { id, replicaId } = await draining();
    lab.runtime.engines.exit(replicaId, { exitCode: 1 });
    await lab.atRest(id, 'INACTIVE', 0);
    expect(startedOf(replicaId)).toEqual([1]);
    expect(await lab.runtime.list()).toEqual([]);
  });

  it('that was never started goes at once', async () => {
    await lab.close();
    const { id } = await lab.registry.create({ desiredReplicaCount: 1 });
    lab.runtime.engines.interceptNextLaunch(() => Promise.reject(new Error('not now')));
    await lab.start();
    await until('its start failed', () => lab.lines.some((line) => line.includes('not now')));
    await lab.registry.remove(id);
    await until('it is destroyed', async () => (await lab.look(id)).status === 'DESTROYED');
    expect(await lab.runtime.list()).toEqual([]);
  });
});
