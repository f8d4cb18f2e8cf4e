import { activate, deploy, look, publishRevision, untilStatus } from './deployments.js';
import { PlatformLab } from './platform-lab.js';
import { isCluster } from './platform-shape.js';
import { verifyLog } from './verify-log.js';

/** A cluster takes longer to come up again, and is killed part by part elsewhere. */
const KILLS = isCluster() ? 5 : 20;
/** Rollouts take about this long here; kills fall anywhere in it. */
const KILL_WITHIN_MS = 4000;

describe('kill -9 of the whole platform in the middle of rollouts', () => {
  it('ends every rollout by itself, loses nothing acknowledged, leaves no replica over, and serving engines go on', async () => {
    await using lab = await PlatformLab.create();
    await lab.start();
    const { id, token } = await deploy(lab, 'tiny', 2);
    const first = (await look(lab.graph, id)).revision?.id ?? '';
    const second = await publishRevision(lab.graph, id, 'llama.cpp', 'second');
    let target = first;

    for (let kill = 0; kill < KILLS; kill++) {
      target = target === first ? second : first;
      await activate(lab.graph, id, target);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * KILL_WITHIN_MS));
      await lab.kill();
      const serving = lab.enginePids();
      await lab.start();
      const seen = await untilStatus(lab.graph, id, 'ACTIVE', 2);
      expect({ kill, revision: seen.revision?.id, reason: seen.statusReason }).toEqual({ kill, revision: target, reason: 'the revision serves' });
      expect(lab.enginePids()).toHaveLength(2);
      expect(serving.length).toBeGreaterThanOrEqual(2); // nothing unavailable: engines outlived the platform
    }

    const answer = await fetch(`${lab.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'tiny', max_tokens: 4, messages: [{ role: 'user', content: 'Tell me a story' }] }),
    });
    expect(answer.status).toBe(200);
    expect(await lab.interrupt()).toBe(0);
    expect(lab.enginePids()).toEqual([]);
    expect(verifyLog(lab)).toMatchObject({ exitCode: 0 });
  });
});
