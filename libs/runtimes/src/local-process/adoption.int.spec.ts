import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { launched, requestFor, runningOf } from '../conformance/runtime-under-test.js';
import { waitFor } from '../conformance/wait-for.js';
import type { ReplicaObservation } from '../replica-runtime.js';
import { startLaunchingCaller } from '../testing/launching-caller.js';
import { gone, isRunning, openLab, table, type Lab } from '../testing/runtime-lab.js';
import { askEngine } from '../testing/scripted-engine.js';
import { spawnSupervised } from './supervised-spawn.js';

describe('a new runtime over the same directory', () => {
  it('adopts what runs, by launch and by list, and starts nothing', async () => {
    await using lab = await openLab();
    const running = await launched(lab, 'a-1');
    const next = await lab.reopen();
    expect(await next.list()).toEqual([running]);
    expect(await next.launch(requestFor(lab, 'a-1', 1))).toEqual({ type: 'running', observation: running, adopted: true });
  });

  it('tells the exit of an adopted engine, with its code', async () => {
    await using lab = await openLab();
    const running = await launched(lab, 'a-1');
    const next = await lab.reopen();
    const told: ReplicaObservation[] = [];
    next.watch((observation) => told.push(observation));
    await askEngine(running, '/exit', '9');
    await waitFor('the news', () => told.length > 0);
    expect(told).toMatchObject([{ replicaId: 'a-1', attempt: 1, exitCode: 9, state: 'exited' }]);
  });

  it('knows how an engine ended while no runtime was there', async () => {
    await using lab = await openLab();
    const running = await launched(lab, 'a-1');
    await lab.runtime[Symbol.asyncDispose]();
    await askEngine(running, '/kill', 'SIGSEGV');
    await gone(running.pid);
    expect(await (await lab.reopen()).list()).toMatchObject([{ state: 'exited', exitCode: null, signal: 'SIGSEGV' }]);
  });

  it('adopts an engine whose start was never recorded', async () => {
    await using lab = await openLab();
    const running = await launched(lab, 'a-1');
    await rm(lab.file('a-1', 'attempt-1.claim'));
    const next = await lab.reopen();
    expect(await next.launch(requestFor(lab, 'a-1', 1))).toEqual({ type: 'running', observation: running, adopted: true });
  });

  it('starts what was intended and never came about', async () => {
    await using lab = await openLab();
    const running = await launched(lab, 'a-1');
    const intent = await readFile(lab.file('a-1', 'launch.json'));
    await lab.runtime.stop('a-1', { graceMs: 0 });
    await rm(lab.file('a-1', 'stopped.json'));
    await writeFile(lab.file('a-1', 'launch.json'), intent);
    const next = await lab.reopen();
    expect(await next.list()).toEqual([]);
    const outcome = await next.launch(requestFor(lab, 'a-1', 1));
    expect(outcome).toMatchObject({ type: 'running', adopted: false });
    expect(runningOf(outcome).endpoint).not.toBe(running.endpoint);
  });

  it('lists and stops a stray whose whole folder is lost', async () => {
    await using lab = await openLab();
    const running = await launched(lab, 'a-1');
    await rm(lab.file('a-1', ''), { recursive: true });
    const next = await lab.reopen();
    expect(await next.list()).toEqual([running]);
    await next.stop('a-1', { graceMs: 1000 });
    expect(isRunning(running.pid)).toBe(false);
    expect(await next.list()).toEqual([]);
  });

  it('survives a torn launch record', async () => {
    await using lab = await openLab();
    const running = await launched(lab, 'a-1');
    await writeFile(lab.file('a-1', 'launch.json'), '{"repl');
    expect(await (await lab.reopen()).list()).toEqual([running]);
  });

  it('is not fooled by a process that got the number of a dead one', async () => {
    await using lab = await openLab();
    const running = await launched(lab, 'a-1');
    await askEngine(running, '/exit', '0');
    await gone(running.pid);
    const stranger = spawn('/bin/sleep', ['60']);
    const stat = await readFile(`/proc/${stranger.pid}/stat`, 'utf8');
    await writeFile(lab.file('a-1', 'attempt-1.claim'), `${stranger.pid} ${stat}`);
    const next = await lab.reopen();
    expect(await next.inspect('a-1')).toMatchObject({ state: 'exited', exitCode: 0 });
    await next.stop('a-1', { graceMs: 100 });
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    stranger.kill('SIGKILL');
  });

  it('leaves the engines of another directory alone, also of a copy', async () => {
    await using lab = await openLab();
    await using other = await openLab();
    const running = await launched(lab, 'a-1');
    const id = await readFile(join(lab.dataDir, 'replicas', 'platform-id'));
    await writeFile(join(other.dataDir, 'replicas', 'platform-id'), id);
    const copy = await other.reopen();
    expect(await copy.list()).toEqual([]);
    await copy.stop('a-1', { graceMs: 0 });
    expect(isRunning(running.pid)).toBe(true);
  });
});

describe('killing the caller', () => {
  it('leaves the engine running, and the next caller adopts it', async () => {
    await using lab = await openLab();
    await killedCaller(lab, 'a-1', /running/, 0);
    const next = await lab.reopen();
    const [running] = await next.list();
    expect(running).toMatchObject({ replicaId: 'a-1', state: 'running' });
    expect(await next.launch(requestFor(lab, 'a-1', 1))).toEqual({ type: 'running', observation: running, adopted: true });
    expect(await askEngine(running as ReplicaObservation, '/health')).toEqual(expect.any(Number));
  });

  it.each([0, 1, 2, 4, 6, 8, 12, 16])('%i ms into a start neither loses nor doubles the engine', async (delayMs) => {
    await using lab = await openLab();
    await killedCaller(lab, 'a-1', /launching/, delayMs);
    const next = await lab.reopen();
    const running = runningOf(await next.launch(requestFor(lab, 'a-1', 1)));
    const enginePid = await askEngine(running, '/health');
    const id = (await readFile(`/proc/${running.pid}/environ`, 'utf8')).match(/SLIPWAY_REPLICA=([^/]+)/)?.[1];
    const expected = JSON.stringify([running.pid, enginePid].sort());
    // The start that was begun and lost may still be on its way to find that out.
    await waitFor('the engine and its wrapper alone', async () => JSON.stringify((await table.marked('SLIPWAY_REPLICA', `${id}/a-1/`)).map(({ pid }) => pid).sort()) === expected);
  });

  it('lets one of two starts of an attempt run an engine', async () => {
    await using lab = await openLab();
    const folder = lab.file('a-1', '');
    await mkdir(folder);
    const paths = { claimPath: join(folder, 'attempt-1.claim'), exitPath: join(folder, 'attempt-1.exit') };
    const start = { argv: ['/bin/sleep', '60'], environ: {}, cwd: folder, ...paths, logFd: 2 };
    const children = await Promise.all([1, 2, 3, 4].map(() => spawnSupervised(start)));
    const exits = await waitFor('the losers', () => {
      const codes = children.map(({ exitCode }) => exitCode);
      return codes.filter((code) => code === 75).length === 3 ? codes : null;
    });
    expect(exits.filter((code) => code === null)).toHaveLength(1);
    for (const child of children) if (child.exitCode === null) process.kill(-(child.pid as number), 'SIGKILL');
  });
});

/** Has another process launch, and kills it so long after its output matched. */
async function killedCaller(lab: Lab, replicaId: string, moment: RegExp, delayMs: number): Promise<void> {
  const caller = startLaunchingCaller(lab.dataDir, replicaId);
  let output = '';
  caller.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  try {
    await waitFor('the moment to kill', () => moment.test(output));
    await new Promise((resolve) => setTimeout(resolve, delayMs));
  } finally {
    caller.kill('SIGKILL');
  }
  await waitFor('the caller to die', () => caller.signalCode !== null);
}
