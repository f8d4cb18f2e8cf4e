import { parse } from 'yaml';
import { CliUnderTest, type Ran, type Settings } from './fixtures/cli-under-test.js';
import { PlatformDouble, TOKEN } from './fixtures/platform-double.js';
import { revision, rollout, smallDeployment, turnedBack } from './fixtures/small-deployment.js';

let platform: PlatformDouble;
let cli: CliUnderTest;
const looks: NodeJS.Timeout[] = [];

beforeEach(async () => {
  platform = await PlatformDouble.start();
  platform.deployments = [smallDeployment()];
  cli = new CliUnderTest();
});
afterEach(async () => {
  for (const looking of looks.splice(0)) clearInterval(looking);
  cli[Symbol.dispose]();
  await platform[Symbol.asyncDispose]();
});

const run = (argv: readonly string[], settings: Settings = {}): Promise<Ran> =>
  cli.run(argv, { ...settings, config: { url: platform.url, token: TOKEN, ...settings.config } });
/** Acts once the condition has held and the program has been answered a few more times. */
const afterLooks = (holds: () => boolean, act: () => void): void => {
  let seen: number | null = null;
  const looking = setInterval(() => {
    if (seen === null && holds()) seen = platform.looks;
    if (seen === null || platform.looks < seen + 3) return;
    clearInterval(looking);
    act();
  }, 1);
  looks.push(looking);
};
const lastChange = () => [...platform.changes.values()].at(-1);

describe('waiting', () => {
  const tiny = () => platform.deployments[0] as Record<string, unknown>;
  beforeEach(() => {
    platform.mutations['updateModelDeployment'] = ({ input }) => {
      const { activeRevisionId, desiredReplicaCount } = input as { activeRevisionId?: string; desiredReplicaCount?: number };
      if (activeRevisionId !== undefined) Object.assign(tiny(), { status: 'UPDATING', deployingRevision: revision(2, 'second'), rollout: rollout('RUNNING', 2) });
      if (desiredReplicaCount !== undefined) tiny()['replicaManagement'] = { readyReplicaCount: 1, desiredReplicaCount, replicas: [] };
      return { deployment: tiny() };
    };
  });
  /** What the platform comes to, a few looks after the next change. */
  const later = (change: object): void => {
    const changes = platform.changes.size;
    afterLooks(() => platform.changes.size > changes, () => Object.assign(tiny(), change));
  };

  it.each(['2', 'r2', 'second', revision(2).id])('ends well when the revision serves; it is found by %s', async (given) => {
    later({ status: 'ACTIVE', revision: revision(2, 'second'), deployingRevision: null });
    const ran = await run(['activate', 'tiny', given, '--wait', '--wait-limit', '99h']);
    expect(ran).toMatchObject({ exitCode: 0, out: 'r2 (second) of tiny serves\n' });
    expect(ran.err).toContain('UPDATING  1/1 replicas ready, r2 (second) on its way, step 1 of 5: launch');
    expect(lastChange()?.args['input']).toEqual({ id: 'd0000000-0000-4000-8000-000000000001', activeRevisionId: revision(2).id });
  });

  it('ends with 5 and the reason when it is rolled back or overtaken, and with 6 when the time is up', async () => {
    later({ status: 'ACTIVE', deployingRevision: null, rollout: rollout('ROLLED_BACK', 2) });
    expect(await run(['activate', 'tiny', '2', '--wait', '--wait-limit', '99h'])).toMatchObject({ exitCode: 5, err: expect.stringContaining('ENDED_OTHERWISE: replica exited with 3') });
    later({ deployingRevision: revision(3, 'third') });
    expect(await run(['activate', 'tiny', '2', '--wait', '--wait-limit', '99h'])).toMatchObject({ exitCode: 5, err: expect.stringContaining('overtaken by r3 (third)') });
    expect(await run(['activate', 'tiny', '2', '--wait', '--wait-limit', '30s'])).toMatchObject({ exitCode: 6, err: expect.stringContaining('within 30 s') });
    expect(await run(['activate', 'tiny', '9'])).toMatchObject({ exitCode: 1, err: expect.stringContaining('there is no revision "9"') });
  });

  it('publishes and activates with one change, and waits for that', async () => {
    platform.mutations['createModelRevision'] = () => {
      Object.assign(tiny(), { status: 'UPDATING', deployingRevision: revision(2, 'second'), rollout: rollout('RUNNING', 2) });
      return { revision: revision(2, 'second'), warnings: [] };
    };
    const argv = ['publish', 'tiny', '--model', 'm', '--variant', 'mock', '--activate', '--wait', '--wait-limit', '99h'];
    later({ status: 'ACTIVE', revision: revision(2, 'second'), deployingRevision: null });
    expect(await run(argv)).toMatchObject({ exitCode: 0, out: `r2 (second) of tiny (${revision(2).id}) serves\n` });
    expect([...platform.changes.values()].map(({ field }) => field)).toEqual(['createModelRevision']);
    later({ status: 'ACTIVE', revision: revision(1, 'first'), deployingRevision: null, rollout: turnedBack('ROLLED_BACK', 3) });
    expect(await run(argv)).toMatchObject({ exitCode: 5, out: '', err: expect.stringContaining('ENDED_OTHERWISE: replica exited with 3') });
  });

  it('waits for exactly as many replicas as were asked for', async () => {
    later({ replicaManagement: { readyReplicaCount: 3, desiredReplicaCount: 3, replicas: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] } });
    expect(await run(['scale', 'tiny', '3', '--wait', '--wait-limit', '99h'])).toMatchObject({ exitCode: 0, out: 'tiny has 3 replicas\n' });
    expect(await run(['scale', 'tiny', '2'])).toMatchObject({ exitCode: 0, out: 'tiny is to have 2 replicas\n' });
  });

  it('ends with 130 when it is interrupted', async () => {
    const waiting = run(['activate', 'tiny', '2', '--wait', '--wait-limit', '99h']);
    afterLooks(() => platform.changes.size > 0, () => cli.interrupt());
    expect(await waiting).toMatchObject({ exitCode: 130 });
  });
});

describe('watching a rollout', () => {
  const tiny = () => platform.deployments[0] as Record<string, unknown>;
  const steps = [
    { rollout: rollout('RUNNING', 2, 1), traffic: [{ weightPercent: 100, revision: revision(1, 'first') }] },
    { rollout: rollout('RUNNING', 2, 3), traffic: [{ weightPercent: 25, revision: revision(1, 'first') }, { weightPercent: 75, revision: revision(2, 'second') }] },
    { rollout: rollout('COMPLETED', 2, 5), traffic: [{ weightPercent: 100, revision: revision(2, 'second') }] },
  ];

  it('tells one line per change, and ends with it', async () => {
    Object.assign(tiny(), steps[0]);
    let next = 1;
    const ran = await run(['rollout', 'status', 'tiny', '--watch'], { onAnswer: () => Object.assign(tiny(), steps[next++]) });
    expect(ran.exitCode).toBe(0);
    expect(ran.out.trimEnd().split('\n').map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'tiny RUNNING; step 2/5: wait until 1 replica of the new revision serve; r1 (first) 100 %; 1/1 replicas ready',
      'tiny RUNNING; step 4/5: drain all other replicas; r1 (first) 25 % + r2 (second) 75 %; 1/1 replicas ready',
      'tiny COMPLETED; r2 (second) 100 %; 1/1 replicas ready',
    ]);
  });

  it('gives programs one JSON object per change', async () => {
    Object.assign(tiny(), steps[0]);
    const ran = await run(['rollout', 'status', 'tiny', '--watch', '-o', 'json'], { onAnswer: () => Object.assign(tiny(), steps[2]) });
    expect(ran.out.trimEnd().split('\n').map((line) => (JSON.parse(line) as { rollout: { status: string } }).rollout.status)).toEqual(['RUNNING', 'COMPLETED']);
  });

  it('draws over what it drew on a terminal, and fails when the rollout does, with the way it went back', async () => {
    Object.assign(tiny(), steps[1]);
    afterLooks(() => true, () => {
      Object.assign(tiny(), { rollout: turnedBack('ROLLING_BACK', 1) });
      afterLooks(() => true, () => Object.assign(tiny(), { rollout: turnedBack('ROLLED_BACK', 3) }));
    });
    const ran = await run(['rollout', 'status', 'tiny', '--watch'], { isLive: true });
    expect(ran).toMatchObject({ exitCode: 5, out: '', err: expect.stringContaining('ROLLED_BACK: replica exited with 3') });
    const frames = ran.frames.map((frame) => frame.join('\n'));
    expect(frames[0]).toContain('steps\n  ✓ have 1 replica of the new revision started\n');
    expect(frames[0]).toContain('▶ drain all other replicas');
    expect(frames.find((frame) => frame.includes('ROLLING_BACK'))).toContain('way back\n  ✓ send 100 % of the requests to the previous revision\n  ▶ drain all other replicas');
    expect(frames.at(-1)).toContain('  ✗ send 100 % of the requests to the new revision\n    given up: replica exited with 3\n  · drain all other replicas (not reached)');
  });

  it('is shown once without watching, and given to programs with both ways as the graph has them', async () => {
    const rolledBack = turnedBack('ROLLED_BACK', 3);
    Object.assign(tiny(), { rollout: rolledBack });
    expect((await run(['rollout', 'status', 'tiny'])).out).toContain('(not reached)\n\nway back\n  ✓ send 100 % of the requests to the previous revision\n');
    const { steps, forwardSteps, turnedBackAtStep } = rolledBack;
    for (const format of ['json', 'yaml']) expect(parse((await run(['rollout', 'status', 'tiny', '-o', format])).out)).toMatchObject({ rollout: { steps, forwardSteps, turnedBackAtStep } });
  });
});

describe('what happened', () => {
  it('is told oldest first, and followed without a gap or a double', async () => {
    for (let index = 0; index < 3; index += 1) platform.record({});
    const seen: string[] = [];
    const ran = await run(['events', 'tiny', '--follow', '--limit', '2'], {
      onAnswer: (text) => {
        seen.push(text);
        if (seen.length === 2) for (let index = 0; index < 250; index += 1) platform.record({});
        if (seen.length === 252) cli.interrupt();
      },
    });
    expect(ran.exitCode).toBe(130);
    expect(seen.map((line) => Number(/thing (\d+) /.exec(line)?.[1]))).toEqual(Array.from({ length: 252 }, (_, index) => index + 2));
    const json = JSON.parse((await run(['events', 'tiny', '--limit', '1', '-o', 'json'])).out) as object[];
    expect(json).toMatchObject([{ position: 253, data: {} }]);
  });
});

describe('tokens', () => {
  it('are told once, alone on standard output, and deleted by name', async () => {
    platform.mutations['createAccessToken'] = () => ({ accessToken: { id: 't1', token: 'sk-secret', expiresAt: null } });
    platform.mutations['deleteAccessToken'] = () => ({ deletedId: 't1', acknowledgedProxies: ['p1'], missingProxies: ['p2'] });
    Object.assign(platform.deployments[0] ?? {}, { accessTokens: [{ id: 't1', name: 'app', prefix: 'sk-s', createdUser: { email: 'admin' }, createdAt: '2026-11-21T08:00:00Z', expiresAt: null }] });
    const made = await run(['tokens', 'create', 'tiny', '--name', 'app', '--expires-in', '12h']);
    expect(made).toMatchObject({ exitCode: 0, out: 'sk-secret\n' });
    expect(lastChange()?.args['input']).toMatchObject({ name: 'app', expiresAt: '2026-11-21T20:10:00.000Z' });
    expect((await run(['tokens', 'list', 'tiny'])).out).toMatch(/app +sk-s +10m ago by admin +never +t1/);
    expect(await run(['tokens', 'delete', 'tiny', 'app'])).toMatchObject({ exitCode: 0, err: 'not confirmed yet by: p2\n' });
    expect(await run(['tokens', 'delete', 'tiny', 'other'])).toMatchObject({ exitCode: 1 });
  });
});
