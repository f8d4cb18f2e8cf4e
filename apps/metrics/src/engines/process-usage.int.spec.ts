import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { ProcessUsages } from './process-usage.js';

const BUSY = `console.log('up'); const end = Date.now() + 60_000; (function turn() { for (let n = 0; n < 1e6; n += 1); if (Date.now() < end) setImmediate(turn); })();`;

let child: ChildProcess;
beforeEach(async () => {
  child = spawn(process.execPath, ['-e', BUSY], { env: { SLIPWAY_REPLICA: 'platform/r-1/1' }, stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
});
afterEach(async () => {
  child.kill('SIGKILL');
  await once(child, 'close');
});

describe('what an engine of this machine uses', () => {
  it('is its memory at once, and its processors from the second look on', async () => {
    const usages = new ProcessUsages(Date.now);
    const first = await usages.read('r-1', `pid:${child.pid}`);
    expect(first?.cpuUtilization).toBeNull();
    expect(first?.memoryUsedBytes).toBeGreaterThan(10_000_000);
    let busy: number | null = null;
    while (busy === null || busy === 0) busy = (await usages.read('r-1', `pid:${child.pid}`))?.cpuUtilization ?? null;
    expect(busy).toBeLessThanOrEqual(1);
  });

  it('is not known of a process that is another replica’s, of none, and of a handle of another kind', async () => {
    const usages = new ProcessUsages(Date.now);
    expect(await usages.read('r-2', `pid:${child.pid}`)).toBeNull();
    expect(await usages.read('r-1', `pid:${process.pid}`)).toBeNull();
    expect(await usages.read('r-1', 'container:abc')).toBeNull();
    expect(await usages.read('r-1', null)).toBeNull();
  });
});
