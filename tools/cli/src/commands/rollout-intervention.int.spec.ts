import { CliUnderTest } from '../fixtures/cli-under-test.js';
import { PlatformDouble, TOKEN } from '../fixtures/platform-double.js';
import { revision, rollout, smallDeployment, step } from '../fixtures/small-deployment.js';

let platform: PlatformDouble;
let cli: CliUnderTest;

beforeEach(async () => {
  platform = await PlatformDouble.start();
  platform.deployments = [{ ...smallDeployment(), rollout: rollout('RUNNING', 2, 3) }];
  const answered = () => ({ rollout: rollout('RUNNING', 2, 3) });
  for (const field of ['pauseRollout', 'resumeRollout', 'promoteRollout', 'skipRolloutStep', 'abortRollout']) platform.mutations[field] = answered;
  cli = new CliUnderTest();
});
afterEach(async () => {
  cli[Symbol.dispose]();
  await platform[Symbol.asyncDispose]();
});

const run = (...argv: readonly string[]) => cli.run(argv, { config: { url: platform.url, token: TOKEN } });
const lastChange = () => [...platform.changes.values()].at(-1);

it.each([
  ['pause', 'pauseRollout', {}],
  ['resume', 'resumeRollout', {}],
  ['abort', 'abortRollout', {}],
  // With the step that was seen, so that the one after it is not passed by instead.
  ['skip', 'skipRolloutStep', { step: 3 }],
  ['promote', 'promoteRollout', { step: 3, full: false }],
])('tells the newest rollout to %s, and why', async (name, field, more) => {
  expect(await run('rollout', name, 'tiny', '--reason', 'ticket 17')).toMatchObject({ exitCode: 0, err: '' });
  expect(lastChange()).toMatchObject({ field, args: { input: { rolloutId: 'rollout-2', reason: 'ticket 17', ...more } } });
});

it('promotes to the end whatever step is under way, and waits for it when told so', async () => {
  platform.mutations['promoteRollout'] = () => {
    platform.deployments = [{ ...smallDeployment(), rollout: rollout('COMPLETED', 2, 5) }];
    return { rollout: rollout('RUNNING', 2, 3) };
  };
  expect(await run('rollout', 'promote', 'tiny', '--full', '--wait')).toMatchObject({ exitCode: 0, out: expect.stringContaining('COMPLETED') });
  expect(lastChange()?.args['input']).toMatchObject({ step: null, full: true });
});

it('begins one anew that was turned back, and waits until it has arrived', async () => {
  platform.mutations['retryRollout'] = () => {
    const before = { ...smallDeployment(), deployingRevision: revision(2) };
    platform.deployments = [{ ...smallDeployment(), revision: revision(2) }];
    return { deployment: before };
  };
  expect(await run('rollout', 'retry', 'tiny', '--wait')).toMatchObject({ exitCode: 0, out: 'tiny has arrived\n' });
  expect(lastChange()).toMatchObject({ field: 'retryRollout', args: { input: { deploymentId: 'd0000000-0000-4000-8000-000000000001', rolloutId: 'rollout-2' } } });
});

it('is told to another rollout by its id, and refused where there is none', async () => {
  platform.queries['rollout'] = ({ id }) => (id === 'old' ? { ...rollout('RUNNING', 1, 1), id } : null);
  expect(await run('rollout', 'abort', 'tiny', '--rollout', 'old')).toMatchObject({ exitCode: 0 });
  expect(lastChange()?.args['input']).toMatchObject({ rolloutId: 'old' });
  expect(await run('rollout', 'abort', 'tiny', '--rollout', 'none')).toMatchObject({ exitCode: 1, err: expect.stringContaining('there is no rollout none') });
});

it('shows beforehand what an activation would do, and changes nothing', async () => {
  platform.queries['activationPlan'] = () => ({ strategy: 'ROLLING', peakReplicaCount: 2, additionalReplicaCount: 1, additionalCpu: 4, additionalMemBytes: 1.5 * 1024 ** 2, warmReplicaCount: 0, steps: [step('launch', { count: 1 })] });
  const { out } = await run('activate', 'tiny', '2', '--dry-run');
  expect(out).toBe('strategy       ROLLING\nat its peak    2 replicas, 1 more than now\nmore capacity  4 CPU cores, 2 MiB\n\n1. have 1 replica of the new revision started\n\nnothing was changed\n');
  expect(platform.changes.size).toBe(0);
});

it('shows what distinguishes two revisions, with values as values for programs', async () => {
  platform.queries['revisionDiff'] = ({ a, b }) => {
    expect([a, b]).toEqual([revision(1).id, revision(2).id]);
    const changes = [{ path: 'image.name', kind: 'CHANGED', before: '"a"', after: '"b"' }, { path: 'mounts[/data]', kind: 'ADDED', before: null, after: '{"x":1}' }];
    return { a: revision(1), b: revision(2, 'second'), identical: false, changes };
  };
  expect((await run('diff', 'tiny@1', '2')).out).toBe('r1 -> r2 (second)\n- image.name: "a"\n+ image.name: "b"\n+ mounts[/data]: {"x":1}\n');
  expect(JSON.parse((await run('diff', 'tiny@first', 'tiny@second', '-o', 'json')).out)).toMatchObject({ changes: [{ before: 'a', after: 'b' }, { before: null, after: { x: 1 } }] });
  expect(await run('diff', '1', '2')).toMatchObject({ exitCode: 2, err: expect.stringContaining('does not say of which deployment') });
});

it('asks for metrics of a range, by revision or replica', async () => {
  platform.queries['deploymentMetrics'] = ({ filter }) => {
    expect(filter).toMatchObject({ stepSeconds: 600, revisionId: revision(1).id });
    return [{ timestamp: '2026-11-21T08:10:00.000Z', stepSeconds: 600, replicaMetrics: [], revisionMetrics: [{ revisionId: revision(1).id, kind: 'SERVED', requestsPerSecond: 2 }] }];
  };
  const { out, exitCode } = await run('metrics', 'tiny', '--range', '10m', '--revision', '1');
  expect([exitCode, out.split('\n')[1]]).toEqual([0, expect.stringMatching(/^2026-11-21T08:10:00\.000Z {2}r1 \(first\) +2 +- /)]);
});
