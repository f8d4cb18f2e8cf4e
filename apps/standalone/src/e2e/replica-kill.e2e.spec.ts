import { deploy, untilStatus } from './deployments.js';
import { failures, Load } from './load.js';
import { PlatformLab, WAIT_LIMIT_MS, waitUntil } from './platform-lab.js';

describe('kill -9 of one of two replicas under load', () => {
  it('costs no non-streaming request, and the replica is replaced', async () => {
    await using lab = await PlatformLab.create();
    await lab.start();
    const { id, token } = await deploy(lab, 'tiny', 2);
    const load = new Load({ baseUrl: lab.baseUrl, token, model: 'tiny', clients: 8 });
    for (let round = 0; round < 3; round++) {
      const so = load.outcomes.length;
      await waitUntil(() => load.outcomes.length > so + 16, WAIT_LIMIT_MS, () => 'no answers');
      const [victim] = lab.enginePids();
      if (victim === undefined) throw new Error('there is no engine to kill');
      process.kill(victim, 'SIGKILL');
      await waitUntil(() => !lab.enginePids().includes(victim), WAIT_LIMIT_MS, () => 'still there');
      await waitUntil(() => lab.enginePids().length === 2, WAIT_LIMIT_MS, () => lab.serviceLog());
      await untilStatus(lab.graph, id, 'ACTIVE', 2);
    }
    const outcomes = await load.stop();
    expect(failures(outcomes.filter(({ streamed }) => !streamed))).toEqual([]);
    expect(outcomes.filter(({ streamed }) => !streamed).length).toBeGreaterThan(20);
    expect(await lab.interrupt()).toBe(0);
  });
});
