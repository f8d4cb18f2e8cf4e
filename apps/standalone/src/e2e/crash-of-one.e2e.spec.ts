import { activate, deploy, look, publishRevision, untilStatus } from './deployments.js';
import { failures, Load } from './load.js';
import { PlatformLab, WAIT_LIMIT_MS, waitUntil } from './platform-lab.js';
import { verifyLog } from './verify-log.js';

describe('kill -9 of one process of the platform', () => {
  it('the control plane, in the middle of a rollout: no request fails, it is started again, and the rollout ends', async () => {
    await using lab = await PlatformLab.create();
    await lab.start();
    const { id, token } = await deploy(lab, 'tiny', 2);
    const second = await publishRevision(lab.graph, id, 'llama.cpp', 'second');
    const load = new Load({ baseUrl: lab.baseUrl, token, model: 'tiny', clients: 8 });
    await waitUntil(() => load.outcomes.length > 8, WAIT_LIMIT_MS, () => 'no answers');
    await activate(lab.graph, id, second);
    for (let kill = 0; kill < 3; kill++) {
      const victim = lab.pidOf('controlPlane');
      const answered = load.outcomes.length;
      process.kill(victim, 'SIGKILL');
      await waitUntil(() => load.outcomes.length > answered + 16, WAIT_LIMIT_MS, () => 'traffic waits for the control plane');
      await waitUntil(() => isUp(lab), WAIT_LIMIT_MS, () => lab.serviceLog());
    }
    expect((await untilStatus(lab.graph, id, 'ACTIVE', 2)).revision?.id).toBe(second);
    expect(failures(await load.stop())).toEqual([]);
    expect(await lab.interrupt()).toBe(0);
    expect(verifyLog(lab)).toMatchObject({ exitCode: 0 });
  });

  it('the proxy: it is started again and serves what it served, and all is stopped in order though nobody reads what is said', async () => {
    await using lab = await PlatformLab.create();
    await lab.start();
    const { id, token } = await deploy(lab, 'tiny', 1);
    process.kill(lab.pidOf('proxy'), 'SIGKILL');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ model: 'tiny', max_tokens: 4, messages: [{ role: 'user', content: 'Tell me a story' }] });
    const status = (): Promise<number> => fetch(`${lab.baseUrl}/chat/completions`, { method: 'POST', headers, body }).then((answer) => answer.status, () => 0);
    await waitUntil(async () => (await status()) === 200, WAIT_LIMIT_MS, () => lab.serviceLog());
    expect(lab.output).toMatch(/the proxy(-1)? ended \(SIGKILL\) and is started again/);
    expect(await look(lab.graph, id)).toMatchObject({ status: 'ACTIVE' });

    lab.stopReading(); // what it says from here on reaches nobody, and it has something to say
    const victim = lab.pidOf('proxy');
    process.kill(victim, 'SIGKILL');
    await waitUntil(() => !lab.pidsOf('proxy').includes(victim), WAIT_LIMIT_MS, () => 'the proxy lives');
    await waitUntil(async () => (await status()) === 200, WAIT_LIMIT_MS, () => lab.serviceLog());
    expect(await lab.interrupt()).toBe(0);
    expect(lab.enginePids()).toEqual([]);
  });
});

const isUp = (lab: PlatformLab): Promise<boolean> =>
  lab.graph.ask('{ deployments { id status } }').then(
    () => true,
    () => false,
  );
