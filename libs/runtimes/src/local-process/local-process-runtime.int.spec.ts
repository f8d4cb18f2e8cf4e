import { mkdir, readFile, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lastLines, launched, requestFor, runningOf } from '../conformance/runtime-under-test.js';
import { waitFor } from '../conformance/wait-for.js';
import type { LaunchOutcome } from '../replica-runtime.js';
import { LocalProcessRuntime } from './local-process-runtime.js';
import { exitOf, gone, isRunning, openLab, type Lab } from '../testing/runtime-lab.js';
import { askEngine, scriptedEngine } from '../testing/scripted-engine.js';

/** Among those that neither servers, engines nor outgoing connections of other tests take. */
const somePort = (): number => 30_000 + Math.floor(Math.random() * 2_700);

describe('an engine that ends', () => {
  it('takes its children with it, also when it was killed', async () => {
    await using lab = await openLab();
    const running = await launched(lab, 'a-1');
    const child = await askEngine(running, '/spawn', 'bare');
    await askEngine(running, '/kill', 'SIGKILL');
    await exitOf(lab.runtime, 'a-1');
    await gone(child);
  });

  it('is finished off when its wrapper was killed, and shown as exited', async () => {
    await using lab = await openLab();
    const running = await launched(lab, 'a-1');
    const enginePid = await askEngine(running, '/health');
    process.kill(running.pid as number, 'SIGKILL');
    await gone(enginePid);
    expect(await exitOf(lab.runtime, 'a-1')).toMatchObject({ state: 'exited', exitCode: null });
  });
});

describe('stop', () => {
  it('lets the engine end by itself within the grace time', async () => {
    await using lab = await openLab();
    const running = await launched(lab, 'a-1');
    await askEngine(running, '/polite');
    await lab.runtime.stop('a-1', { graceMs: 60_000 });
    expect(await lastLines(lab.runtime, 'a-1', 1)).toEqual(['goodbye']);
    expect(await lab.runtime.launch(requestFor(lab, 'a-1', 1))).toMatchObject({ type: 'exited', observation: { exitCode: 0 } });
  });

  it('kills an engine that does not listen, with everything it started', async () => {
    await using lab = await openLab();
    const running = await launched(lab, 'a-1');
    await askEngine(running, '/deaf');
    const children = await Promise.all(['same group', 'detached', 'bare'].map((how) => askEngine(running, '/spawn', how)));
    const pids = [await askEngine(running, '/health'), ...children];
    process.kill(Number(pids[0]), 'SIGTERM');
    await waitFor('it to say that it heard', async () => (await lastLines(lab.runtime, 'a-1', 1)).includes('will not'));
    await lab.runtime.stop('a-1', { graceMs: 200 });
    expect([running.pid, ...pids].filter(isRunning)).toEqual([]);
    expect(await lastLines(lab.runtime, 'a-1', 1)).toEqual(['will not']);
  });

  it('keeps the log alone, of the latest hundred', async () => {
    await using lab = await openLab();
    for (let index = 0; index < 101; index++) {
      await mkdir(lab.file(`old-${index}`, ''));
      await writeFile(lab.file(`old-${index}`, 'stopped.json'), '{"attempt":1}');
      await utimes(lab.file(`old-${index}`, 'stopped.json'), index, index);
    }
    const running = await launched(lab, 'a-1');
    await askEngine(running, '/print', 'hello');
    await lab.runtime.stop('a-1', { graceMs: 1000 });
    expect(await readdir(lab.file('a-1', ''))).toEqual(['engine.log', 'stopped.json']);
    const kept = (await readdir(join(lab.dataDir, 'replicas'))).filter((name) => name.startsWith('old-'));
    expect(kept).toHaveLength(99);
    expect(kept).not.toContain('old-0');
  });
});

describe('launch', () => {
  const refusal = async (lab: Lab, argv: string[], environ: Record<string, string> = {}): Promise<LaunchOutcome> =>
    lab.runtime.launch({
      ...requestFor(lab, 'a-1', 1),
      command: async () => ({ type: 'command', warnings: [], command: { argv, environ, secretEnviron: [] } }),
    });

  it('refuses a command that cannot be started, saying why', async () => {
    await using lab = await openLab();
    await writeFile(join(lab.dataDir, 'plain'), 'no program');
    expect(await refusal(lab, ['no-such-engine'])).toMatchObject({ message: '"no-such-engine" is no executable file on the PATH', isPermanent: true });
    for (const argv of [[], [''], ['/no/such'], [join(lab.dataDir, 'plain')], [lab.dataDir], ['eval', 'true']])
      expect(await refusal(lab, argv)).toMatchObject({ type: 'refused', reason: 'LAUNCH_FAILED', isPermanent: true });
    expect(await refusal(lab, ['true', 'a\0b'])).toMatchObject({ message: 'the command holds a NUL character' });
    expect(await refusal(lab, ['true'], { 'A B': '1' })).toMatchObject({ message: expect.stringContaining('"A B"') });
    expect(await lab.runtime.list()).toEqual([]);
  });

  it('hands hostile words to the engine as they are, and no shell reads them', async () => {
    await using lab = await openLab();
    const witness = join(lab.dataDir, 'witness');
    const words = [`; touch ${witness}`, `$(touch ${witness})`, `\`touch ${witness}\``, `\n touch ${witness}\n`, `' ; touch ${witness} '`, '-c', '*', '~', '$HOME', '\\', ''];
    const running = runningOf(
      await lab.runtime.launch({
        ...requestFor(lab, 'a-1', 1),
        command: async ({ port }) => {
          const command = scriptedEngine({ port }, ...words);
          const environ = { ...command.environ, HOSTILE: words.join(''), slipway_engine: 'mine', slipway_stopping: '1' };
          return { type: 'command', warnings: [], command: { ...command, environ } };
        },
      }),
    );
    expect(await askEngine(running, '/argv')).toEqual(words);
    expect(await askEngine(running, '/environ')).toMatchObject({ HOSTILE: words.join('') });
    await expect(stat(witness)).rejects.toThrow('ENOENT');
  });

  it('writes no secret into its records', async () => {
    await using lab = await openLab();
    await lab.runtime.launch({
      ...requestFor(lab, 'a-1', 1),
      command: async ({ port }) => {
        const command = scriptedEngine({ port }, '--token=s3cr3t-value');
        return { type: 'command', warnings: [], command: { ...command, environ: { ...command.environ, TOKEN: 's3cr3t-value' }, secretEnviron: ['TOKEN'] } };
      },
    });
    for (const name of await readdir(lab.file('a-1', '')))
      if (name !== 'work') expect(await readFile(lab.file('a-1', name), 'utf8')).not.toContain('s3cr3t-value');
    expect(await readFile(lab.file('a-1', 'launch.json'), 'utf8')).toContain('--token=***');
  });

  it('passes over ports that are taken, and says when none is left', async () => {
    const first = somePort();
    await using lab = await openLab({ portRange: { first, last: first + 1 } });
    const outcomes: LaunchOutcome[] = [];
    for (const replicaId of ['a-1', 'a-2', 'a-3']) outcomes.push(await lab.runtime.launch(requestFor(lab, replicaId, 1)));
    expect(outcomes[2]).toEqual({ type: 'refused', reason: 'LAUNCH_FAILED', message: 'no free loopback port was found', isPermanent: false });
  });

  it('gives the port of a dead replica to nobody for a minute, also after a restart', async () => {
    let nowMs = 1000;
    const first = somePort();
    await using lab = await openLab({ portRange: { first, last: first }, nowMs: () => nowMs });
    await launched(lab, 'a-1');
    await lab.runtime.stop('a-1', { graceMs: 0 });
    const next = await lab.reopen();
    for (const runtime of [lab.runtime, next]) expect(await runtime.launch(requestFor(lab, 'a-2', 1))).toMatchObject({ type: 'refused' });
    nowMs += 60_000;
    expect(await next.launch(requestFor(lab, 'a-2', 1))).toMatchObject({ type: 'running', observation: { endpoint: `http://127.0.0.1:${first}` } });
  });
});

describe('the log', () => {
  it('is rotated while the engine writes, and read across files', async () => {
    await using lab = await openLab({ logLimits: { maxBytes: 1000, kept: 2, intervalMs: 20 } });
    const running = await launched(lab, 'a-1');
    for (let index = 0; index < 5; index++) {
      await askEngine(running, '/print', `${index} ${'x'.repeat(1100)}`);
      await waitFor('a rotation', async () => (await stat(lab.file('a-1', 'engine.log'))).size === 0);
    }
    await askEngine(running, '/print', 'after');
    expect((await readdir(lab.file('a-1', ''))).filter((name) => name.startsWith('engine.log')).sort()).toEqual(['engine.log', 'engine.log.1', 'engine.log.2']);
    const [before, after] = await lastLines(lab.runtime, 'a-1', 2);
    expect([before?.slice(0, 3), after]).toEqual(['4 x', 'after']);
  });

  it('is found where the data directory was reached by a symbolic link', async () => {
    await using lab = await openLab();
    await symlink(lab.dataDir, `${lab.dataDir}-link`);
    await using linked = await LocalProcessRuntime.open({ dataDir: `${lab.dataDir}-link` });
    const running = await launched(lab, 'a-1');
    expect(await linked.list()).toEqual([running]);
    await rm(`${lab.dataDir}-link`);
  });
});
