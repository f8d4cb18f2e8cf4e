import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { withSetupLock } from './setup-lock.mjs';

describe('the lock of a clone', () => {
  let directory;
  const lockFile = () => join(directory, 'lock');
  const leaveLock = (holder) => writeFileSync(lockFile(), JSON.stringify({ host: hostname(), born: null, id: 'left', ...holder }));

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'slipway-lock-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('lets one at a time in, and leaves nothing behind', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, (inside += 1));
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withSetupLock(directory, work)));
    expect(most).toBe(1);
    expect(existsSync(lockFile())).toBe(false);
  });

  it('is free again when the work fails', async () => {
    await expect(withSetupLock(directory, () => Promise.reject(new Error('no space left')))).rejects.toThrow('no space left');
    expect(existsSync(lockFile())).toBe(false);
  });

  it('is taken over from a process that is gone', async () => {
    leaveLock({ pid: spawnSync('true').pid });
    expect(await withSetupLock(directory, () => 'in')).toBe('in');
  });

  it('is taken over when its process id now belongs to another process', async () => {
    leaveLock({ pid: process.pid, born: '1' });
    expect(await withSetupLock(directory, () => 'in')).toBe('in');
  });

  it('is taken over from another machine only after a silence', async () => {
    leaveLock({ pid: 1, host: 'elsewhere' });
    const anHourAgo = new Date(Date.now() - 3_600_000);
    let waited = 0;
    const entered = withSetupLock(
      directory,
      () => 'in',
      () => {
        waited += 1;
        utimesSync(lockFile(), anHourAgo, anHourAgo);
      },
    );
    expect(await entered).toBe('in');
    expect(waited).toBe(1);
  });
});
