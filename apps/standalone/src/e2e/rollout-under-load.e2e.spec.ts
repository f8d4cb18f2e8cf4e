import { activate, deploy, look, publishRevision, untilStatus } from './deployments.js';
import { failures, Load } from './load.js';
import { PlatformLab, WAIT_LIMIT_MS, waitUntil } from './platform-lab.js';

const CLIENTS = 8;

describe('a rollout of the bundled model under load', () => {
  it('S1.99 fails no request and breaks no stream, forward and back to an earlier time, and ends in the configuration it had', async () => {
    await using lab = await PlatformLab.create();
    await lab.start();
    const { id, token } = await deploy(lab, 'tiny', 2);
    const before = await look(lab.graph, id);
    const second = await publishRevision(lab.graph, id, 'llama.cpp', 'second');
    const timeBefore = new Date().toISOString();
    const load = new Load({ baseUrl: lab.baseUrl, token, model: 'tiny', clients: CLIENTS });
    await waitUntil(() => load.outcomes.length >= CLIENTS, WAIT_LIMIT_MS, () => 'no answers');

    await activate(lab.graph, id, second);
    await untilActive(lab, id, second);
    const servedUntilNow = load.outcomes.length;
    await waitUntil(() => load.outcomes.length >= servedUntilNow + 4 * CLIENTS, WAIT_LIMIT_MS, () => 'no more answers');
    // A request answered now may have begun before the last weight change; those that begin from here on may not.
    const newest = load.outcomes.slice(servedUntilNow + CLIENTS);
    expect(new Set(newest.map(({ revisionId }) => revisionId))).toEqual(new Set([second]));

    await lab.graph.ask('mutation ($id: ID!, $toTime: DateTime) { rollbackModelDeployment(id: $id, toTime: $toTime) { deployment { id } } }', { id, toTime: timeBefore });
    await untilActive(lab, id, before.revision?.id ?? '');
    const after = await look(lab.graph, id);
    const outcomes = await load.stop();

    expect(failures(outcomes)).toEqual([]);
    expect(outcomes.filter(({ streamed }) => streamed).length).toBeGreaterThan(0);
    expect(after.configurationHash).toBe(before.configurationHash);
    expect((await look(lab.graph, id, timeBefore)).configurationHash).toBe(before.configurationHash);
    expect(await lab.interrupt()).toBe(0);
    expect(lab.enginePids()).toEqual([]);
  });
});

async function untilActive(lab: PlatformLab, id: string, revisionId: string): Promise<void> {
  await waitUntil(
    async () => {
      const { revision, replicaManagement } = await look(lab.graph, id);
      return revision?.id === revisionId && replicaManagement.replicas.every((replica) => replica.revision.id === revisionId);
    },
    WAIT_LIMIT_MS,
    () => lab.serviceLog(),
  );
  await untilStatus(lab.graph, id, 'ACTIVE', 2);
}
