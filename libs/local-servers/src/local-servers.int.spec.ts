import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { locateNatsServer, locatePostgres, startNatsServer, startPostgres, startTemporaryPostgres, type LocalServer } from './index.js';

const folder = (): string => {
  const directory = fs.mkdtempSync(path.join(tmpdir(), 'slipway-server-'));
  fs.chmodSync(directory, 0o711);
  return directory;
};

/** Folders of this process's own: other tests have theirs beside. */
const TEMPORARY_PREFIX = 'slipway-postgres-';

const found = (program: unknown) => (program === null ? describe.skip : describe);

const runs = (pid: number | null): boolean => pid !== null && fs.existsSync(`/proc/${pid}`);

async function comesAndGoes(start: (directory: string) => Promise<LocalServer>): Promise<void> {
  const directory = folder();
  const server = await start(directory);
  const first = server.pid;
  expect(runs(first)).toBe(true);
  await server.kill();
  expect({ pid: server.pid, runs: runs(first) }).toEqual({ pid: null, runs: false });
  await server.start();
  expect(runs(server.pid)).toBe(true);
  const second = server.pid;
  await server.stop();
  expect(runs(second)).toBe(false);
  const again = await start(directory); // another process, later: the same data
  expect(new URL(again.url).password).toBe(new URL(server.url).password);
  const left = again.pid;
  const after = await start(directory); // whoever started the one before was killed and could not stop it
  while (runs(left)) await new Promise((resolve) => setImmediate(resolve)); // it has ended, and this process is yet to hear of it
  expect(runs(after.pid)).toBe(true);
  await after.stop();
  fs.rmSync(directory, { recursive: true });
}

found(locatePostgres())('a PostgreSQL of this machine (skipped where there is none)', () => {
  it('is made, killed, started again with its data and stopped', () => comesAndGoes((directory) => startPostgres({ directory, durable: false })));

  it('for a test keeps its data over a stop, and leaves nothing behind', async () => {
    const folders = (): string[] => fs.readdirSync(tmpdir()).filter((name) => name.startsWith(`${TEMPORARY_PREFIX}${process.pid}-`));
    const server = await startTemporaryPostgres({ durable: false });
    expect(folders()).toHaveLength(1);
    await server.stop();
    await server.start();
    expect(runs(server.pid)).toBe(true);
    const { pid } = server;
    await server[Symbol.asyncDispose]();
    expect([runs(pid), folders()]).toEqual([false, []]);
  });
});

found(locateNatsServer())('a NATS server of this machine (skipped where there is none)', () => {
  it('is started, killed, started again and stopped', () => comesAndGoes((directory) => startNatsServer({ directory, token: 'a token' })));
});
