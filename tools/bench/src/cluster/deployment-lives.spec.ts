import { openMemoryEventLog } from '@slipway/event-log';
import { livesOf, writeLives } from './deployment-lives.js';

describe('the lives of many deployments', () => {
  it('are written without a conflict, and every event is counted', async () => {
    await using log = openMemoryEventLog();
    expect(await writeLives(log, livesOf(0, 300))).toBe(await log.head());
  });

  it('share no stream, so that they can be written in parts', async () => {
    const streams = (first: number) => new Set(livesOf(first, 5).flatMap(({ appends }) => appends.map(({ streamId }) => streamId)));
    expect([...streams(0)].filter((streamId) => streams(5).has(streamId))).toEqual([]);
  });

  it('end: nothing is left for which an engine would be started', async () => {
    await using log = openMemoryEventLog();
    await writeLives(log, livesOf(100, 1));
    const running = new Set<string>();
    for await (const { streamId, type } of log.readAll()) {
      if (type === 'ReplicaRequested') running.add(streamId);
      if (type === 'ReplicaStopped') running.delete(streamId);
    }
    expect([...running]).toEqual([]);
  });
});
