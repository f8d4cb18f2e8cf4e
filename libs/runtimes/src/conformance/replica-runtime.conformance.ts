import { randomUUID } from 'node:crypto';
import { launchFailed, unsupported } from '../engine-command.js';
import type { ReplicaObservation } from '../replica-runtime.js';
import { replicaLogConformance } from './replica-log.conformance.js';
import { exitedOnly, lastLines, launched, requestFor, runningOf, type RuntimeUnderTest } from './runtime-under-test.js';
import { waitFor } from './wait-for.js';

/** What every runtime must do. An adapter's whole spec of the port is one call to this. */
export function replicaRuntimeConformance(adapter: string, open: () => Promise<RuntimeUnderTest>): void {
  describe(`${adapter} is a replica runtime`, () => {
    launching(open);
    ending(open);
    stopping(open);
    telling(open);
    replicaLogConformance(open);
  });
}

type Open = () => Promise<RuntimeUnderTest>;

function launching(open: Open): void {
  it('launches, and shows the replica running in `inspect` and `list`', async () => {
    await using test = await open();
    const running = await launched(test, 'a-1');
    expect(running).toMatchObject({ replicaId: 'a-1', attempt: 1, state: 'running', exitCode: null, signal: null });
    expect(running.endpoint).toMatch(/^http:\/\/[^/]+:\d+$/);
    expect(await test.runtime.inspect('a-1')).toEqual(running);
    expect(await test.runtime.list()).toEqual([running]);
  });

  it('launches one engine per key, however often it is asked', async () => {
    await using test = await open();
    let built = 0;
    const request = requestFor(test, 'a-1', 1, () => built++);
    const outcomes = await Promise.all([1, 2, 3].map(() => test.runtime.launch(request)));
    expect(new Set(outcomes.map((outcome) => runningOf(outcome).pid)).size).toBe(1);
    expect(outcomes.map((outcome) => 'adopted' in outcome && outcome.adopted)).toEqual([false, true, true]);
    expect(built).toBe(1);
    expect(await test.runtime.list()).toHaveLength(1);
  });

  it('gives every replica an endpoint of its own', async () => {
    await using test = await open();
    const replicas = await Promise.all(['a-1', 'a-2', 'a-3'].map((replicaId) => launched(test, replicaId)));
    expect(new Set(replicas.map(({ endpoint }) => endpoint)).size).toBe(3);
  });

  it('hands a refused command back and starts nothing', async () => {
    await using test = await open();
    for (const refusal of [unsupported('not here'), launchFailed('no such file')]) {
      const outcome = await test.runtime.launch({ ...requestFor(test, 'a-1', 1), command: async () => refusal });
      expect(outcome).toEqual({ ...refusal, isPermanent: true });
      expect(await test.runtime.inspect('a-1')).toBeNull();
    }
    expect(runningOf(await test.runtime.launch(requestFor(test, 'a-1', 1))).state).toBe('running');
  });

  it('refuses ids that could leave its folder', async () => {
    await using test = await open();
    for (const replicaId of ['', '.', '..', '../a', 'a/b', '/a', 'a\0', 'a\n', '-a', 'a'.repeat(201)]) {
      await expect(async () => test.runtime.launch(requestFor(test, replicaId, 1))).rejects.toThrow('cannot be a replica id');
      await expect(async () => test.runtime.inspect(replicaId)).rejects.toThrow('cannot be a replica id');
      await expect(async () => test.runtime.stop(replicaId, { graceMs: 0 })).rejects.toThrow('cannot be a replica id');
      await expect(async () => lastLines(test.runtime, replicaId, 1)).rejects.toThrow('cannot be a replica id');
    }
    await expect(async () => test.runtime.launch(requestFor(test, 'a', 0))).rejects.toThrow('cannot be an attempt');
  });
}

function ending(open: Open): void {
  it('shows the exit code of an engine that ended', async () => {
    await using test = await open();
    const running = await launched(test, 'a-1');
    await test.crash(running, { exitCode: 7 });
    const exited = await waitFor('the exit', async () => exitedOnly(await test.runtime.inspect('a-1')));
    expect(exited).toMatchObject({ replicaId: 'a-1', attempt: 1, exitCode: 7, signal: null, endpoint: running.endpoint });
    expect(await test.runtime.list()).toEqual([exited]);
  });

  it('shows the signal of an engine that was killed', async () => {
    await using test = await open();
    await test.crash(await launched(test, 'a-1'), { signal: 'SIGKILL' });
    const exited = await waitFor('the exit', async () => exitedOnly(await test.runtime.inspect('a-1')));
    expect(exited).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  });

  it('does not start an attempt again that is over', async () => {
    await using test = await open();
    await test.crash(await launched(test, 'a-1'), { exitCode: 3 });
    await waitFor('the exit', async () => exitedOnly(await test.runtime.inspect('a-1')));
    const outcome = await test.runtime.launch(requestFor(test, 'a-1', 1));
    expect(outcome).toMatchObject({ type: 'exited', observation: { attempt: 1, exitCode: 3 } });
  });

  it('starts the next attempt, and then knows the earlier one as superseded', async () => {
    await using test = await open();
    await test.crash(await launched(test, 'a-1'), { exitCode: 3 });
    await waitFor('the exit', async () => exitedOnly(await test.runtime.inspect('a-1')));
    const second = await launched(test, 'a-1', 2);
    expect(await test.runtime.list()).toEqual([second]);
    expect(await test.runtime.launch(requestFor(test, 'a-1', 1))).toEqual({ type: 'superseded', attempt: 2 });
    expect(await test.runtime.inspect('a-1')).toEqual(second);
  });

  it('replaces a running attempt by a later one', async () => {
    await using test = await open();
    const first = await launched(test, 'a-1');
    const second = await launched(test, 'a-1', 2);
    expect(second.pid).not.toBe(first.pid);
    expect(await test.runtime.list()).toEqual([second]);
  });
}

function stopping(open: Open): void {
  it('stops, forgets the replica, keeps its output', async () => {
    await using test = await open();
    const running = await launched(test, 'a-1');
    await test.print(running, 'the last line');
    await waitFor('the output', async () => (await lastLines(test.runtime, 'a-1', 1)).includes('the last line'));
    await test.runtime.stop('a-1', { graceMs: 5000 });
    expect(await test.runtime.inspect('a-1')).toBeNull();
    expect(await test.runtime.list()).toEqual([]);
    expect(await lastLines(test.runtime, 'a-1', 1)).toEqual(['the last line']);
  });

  it('stops as often as it is asked, and what was never there', async () => {
    await using test = await open();
    await launched(test, 'a-1');
    await Promise.all([1, 2].map(() => test.runtime.stop('a-1', { graceMs: 5000 })));
    await test.runtime.stop('a-1', { graceMs: 0 });
    await test.runtime.stop('a-9', { graceMs: 0 });
    expect(await test.runtime.list()).toEqual([]);
  });

  it('never starts an attempt that was stopped, but a later one', async () => {
    await using test = await open();
    await launched(test, 'a-1');
    await test.runtime.stop('a-1', { graceMs: 5000 });
    expect(await test.runtime.launch(requestFor(test, 'a-1', 1))).toMatchObject({ type: 'exited', observation: { attempt: 1, state: 'exited' } });
    expect(await test.runtime.list()).toEqual([]);
    expect(await launched(test, 'a-1', 2)).toMatchObject({ attempt: 2, state: 'running' });
  });

  it('stops one replica and leaves the others', async () => {
    await using test = await open();
    const [, other] = [await launched(test, 'a-1'), await launched(test, 'a-10')];
    await test.runtime.stop('a-1', { graceMs: 5000 });
    expect(await test.runtime.list()).toEqual([other]);
  });
}

function telling(open: Open): void {
  it('tells every watcher once that an engine ended, and no more after unwatching', async () => {
    await using test = await open();
    const told: ReplicaObservation[][] = [[], [], []];
    const [unwatch] = told.map((list) => test.runtime.watch((observation) => list.push(observation)));
    const running = await launched(test, 'a-1');
    unwatch?.();
    await test.crash(running, { exitCode: 5 });
    await waitFor('the news', () => told[1]?.length === 1 && told[2]?.length === 1);
    expect(told).toEqual([[], [expect.objectContaining({ replicaId: 'a-1', exitCode: 5 })], [expect.objectContaining({ attempt: 1 })]]);
  });

  it('does not tell of engines that were stopped', async () => {
    await using test = await open();
    const told: string[] = [];
    test.runtime.watch(({ replicaId }) => told.push(replicaId));
    await launched(test, 'a-1');
    const other = await launched(test, 'a-2');
    await test.runtime.stop('a-1', { graceMs: 5000 });
    await test.crash(other, { exitCode: 1 });
    await waitFor('the news of the other', () => told.length > 0);
    expect(told).toEqual(['a-2']);
  });

  it('returns the last lines of output, oldest first', async () => {
    await using test = await open();
    const running = await launched(test, 'a-1');
    const token = randomUUID();
    for (const index of [1, 2, 3]) await test.print(running, `${token} ${index}`);
    await waitFor('the output', async () => (await lastLines(test.runtime, 'a-1', 1)).includes(`${token} 3`));
    expect(await lastLines(test.runtime, 'a-1', 2)).toEqual([`${token} 2`, `${token} 3`]);
    expect(await lastLines(test.runtime, 'a-1', 0)).toEqual([]);
    expect(await lastLines(test.runtime, 'nobody', 5)).toEqual([]);
  });
}
