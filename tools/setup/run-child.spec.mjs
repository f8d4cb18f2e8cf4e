import { cloneUnderTest } from './clone-under-test.mjs';

// Ends well after a second delivery of the same signal would have come, and says how many there were.
const DRAINING_PLATFORM = `
  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {
    signals += 1;
    if (signals === 1) setTimeout(() => { console.log('drained after', signals, signal); process.exit(5); }, 700);
  });
  setInterval(() => {}, 1000);
  console.log('serving');
`;

describe('stopping what npm start runs', () => {
  let clone;
  afterEach(() => clone.remove());

  async function stopBy(deliver) {
    clone = cloneUnderTest({ platform: DRAINING_PLATFORM });
    const started = clone.start();
    await started.said('serving');
    deliver(started.pid);
    return started.ended;
  }

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('hands on %s sent to the set-up alone, and waits for the end', async (signal) => {
    const { code, stdout } = await stopBy((pid) => process.kill(pid, signal));
    expect(stdout).toContain(`drained after 1 ${signal}`);
    expect(code).toBe(5);
  });

  it.each(['SIGINT', 'SIGTERM'])('leaves %s sent to the whole group as it is', async (signal) => {
    const { code, stdout } = await stopBy((pid) => process.kill(-pid, signal));
    expect(stdout).toContain(`drained after 1 ${signal}`);
    expect(code).toBe(5);
  });

  it('counts a Ctrl-C that npm hands on as well once', async () => {
    const { stdout } = await stopBy((pid) => {
      process.kill(-pid, 'SIGINT');
      process.kill(pid, 'SIGINT');
    });
    expect(stdout).toContain('drained after 1 SIGINT');
  });

  it('answers 128 + n for a platform that died of signal n', async () => {
    clone = cloneUnderTest({ platform: "process.kill(process.pid, 'SIGKILL')" });
    expect((await clone.start().ended).code).toBe(137);
  });
});
