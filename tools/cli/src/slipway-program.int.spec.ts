import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { CliUnderTest, type Ran, type Settings } from './fixtures/cli-under-test.js';
import { PlatformDouble, refusal, TOKEN } from './fixtures/platform-double.js';
import { revision, smallDeployment } from './fixtures/small-deployment.js';

let platform: PlatformDouble;
let cli: CliUnderTest;

beforeEach(async () => {
  platform = await PlatformDouble.start();
  platform.deployments = [smallDeployment()];
  cli = new CliUnderTest();
});
afterEach(async () => {
  cli[Symbol.dispose]();
  await platform[Symbol.asyncDispose]();
});

const run = (argv: readonly string[], settings: Settings = {}): Promise<Ran> =>
  cli.run(argv, { ...settings, config: { url: platform.url, token: TOKEN, ...settings.config } });
const lastChange = () => [...platform.changes.values()].at(-1);
const file = (name: string, content: string): string => {
  const place = path.join(cli.home, name);
  writeFileSync(place, content);
  return place;
};

describe('signing in', () => {
  const signedOut = { config: { url: null, token: null } };

  it('keeps gateway and token where only their owner reads them, and later commands use them', async () => {
    const login = await run(['login', platform.url, '--token-file', file('token', `${TOKEN}\n`)], signedOut);
    expect(login).toMatchObject({ exitCode: 0, out: `signed in to ${platform.url}/graphql\n`, err: '' });
    expect(statSync(cli.signInFile).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(cli.signInFile, 'utf8'))).toEqual({ url: `${platform.url}/graphql`, token: TOKEN });
    expect(await run(['list'], signedOut)).toMatchObject({ exitCode: 0, err: '' });
    expect(await run(['logout'], signedOut)).toMatchObject({ exitCode: 0 });
    expect(await run(['list'], signedOut)).toMatchObject({ exitCode: 4 });
  });

  it('asks for the token where somebody can be asked, and reads it from standard input when told so', async () => {
    expect(await run(['login', platform.url], { ...signedOut, answers: [TOKEN] })).toMatchObject({ exitCode: 0 });
    expect(await run(['login', platform.url, '--token-file', '-'], { ...signedOut, input: `${TOKEN}\n` })).toMatchObject({ exitCode: 0 });
    expect(await run(['login', platform.url], signedOut)).toMatchObject({ exitCode: 2 });
  });

  it('keeps nothing when the gateway does not take the token, or cannot be reached', async () => {
    const refused = await run(['login', platform.url, '--token-file', '-'], { ...signedOut, input: 'wrong' });
    expect(refused.exitCode).toBe(4);
    expect(refused.err).toContain('slipway: UNAUTHENTICATED: no valid token\n  fix: sign in');
    const unreachable = await run(['login', 'http://127.0.0.1:1', '--token-file', '-'], { ...signedOut, input: TOKEN });
    expect(unreachable).toMatchObject({ exitCode: 3 });
    expect(unreachable.err).toMatch(/NOT_REACHABLE: http:\/\/127\.0\.0\.1:1\/graphql cannot be reached: .+\n {2}fix: check/);
    expect(await run(['list'], signedOut)).toMatchObject({ exitCode: 4 });
  });

  it('does not tell a stored token to another gateway', async () => {
    await run(['login', platform.url, '--token-file', '-'], { ...signedOut, input: TOKEN });
    await using other = await PlatformDouble.start();
    const elsewhere = await run(['list', '--url', other.url], signedOut);
    expect(elsewhere.exitCode).toBe(4);
    expect(other.requests).toBe(0);
  });

  it('warns of a stored token that others may read, and asks to sign in anew when it is damaged', async () => {
    await run(['login', platform.url, '--token-file', '-'], { ...signedOut, input: TOKEN });
    chmodSync(cli.signInFile, 0o644);
    expect(await run(['list'], signedOut)).toMatchObject({ exitCode: 0, err: expect.stringContaining('chmod 600') });
    writeFileSync(cli.signInFile, '{');
    expect(await run(['list'], signedOut)).toMatchObject({ exitCode: 4, err: expect.stringContaining('sign in anew') });
  });

  it('says what answers when it is no gateway', async () => {
    mkdirSync(path.join(cli.home, 'x'));
    expect(await run(['list', '--url', `${platform.url}/elsewhere`])).toMatchObject({ exitCode: 3, err: expect.stringContaining('is no Slipway gateway') });
    expect(await run(['list', '--url', 'nonsense'])).toMatchObject({ exitCode: 2, err: expect.stringContaining('is no address') });
  });
});

describe('answers', () => {
  it('are tables for people, and JSON or YAML with the same content for programs', async () => {
    const table = await run(['list']);
    expect(table.out).toMatch(/^NAME +STATUS +REPLICAS +REVISION +TAGS +AGE +ID\ntiny +ACTIVE +1\/1 +r1 \(first\) +demo +10m +d0000000/);
    const json = JSON.parse((await run(['list', '--output', 'json'])).out) as { name: string }[];
    expect(json).toMatchObject([{ name: 'tiny', status: 'ACTIVE' }]);
    expect(parse((await run(['-o', 'yaml', 'list'])).out)).toEqual(json);
    platform.deployments = [];
    expect((await run(['list'])).out).toBe('no deployments\n');
    expect((await run(['list', '-o', 'json'])).out).toBe('[]\n');
  });

  it('cannot steer the terminal, whatever others wrote', async () => {
    Object.assign(platform.deployments[0] ?? {}, { status: 'FAILED', statusReason: 'bad \u001b]0;title\u0007\u009b2J\nnews' });
    const { out } = await run(['get', 'tiny']);
    expect(out).toContain('bad ]0;title2J news');
    expect(out).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  });

  it('find a deployment by id, name and domain/name, and say which are meant when a name is used twice', async () => {
    platform.deployments.push(smallDeployment('tiny', 'research', 2));
    for (const given of ['d0000000-0000-4000-8000-000000000002', 'research/tiny']) {
      expect(JSON.parse((await run(['get', given, '-o', 'json'])).out)).toMatchObject({ domain: { name: 'research' } });
    }
    const twice = await run(['get', 'tiny']);
    expect(twice).toMatchObject({ exitCode: 2, err: expect.stringContaining('say which: default/tiny, research/tiny') });
    expect(await run(['get', 'none'])).toMatchObject({ exitCode: 1, err: expect.stringContaining('NOT_FOUND: there is no deployment "none"\n  fix: see which there are') });
  });

  it('tell a failure as JSON to who reads JSON', async () => {
    const { exitCode, err, out } = await run(['get', 'none', '-o', 'json']);
    expect([exitCode, out]).toEqual([1, '']);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'NOT_FOUND', exitCode: 1 } });
  });
});

describe('deploying', () => {
  beforeEach(() => {
    platform.mutations['createModelDeployment'] = () => ({ deployment: platform.deployments[0], warnings: [{ code: 'UNUSED', field: 'mounts', message: 'is not used' }] });
    platform.mutations['createModelRevision'] = () => ({ revision: revision(2, 'second'), warnings: [] });
  });

  it('says in the graph what options say', async () => {
    const ran = await run(['deploy', 'tiny', '--model', 'tiny-tales', '--variant', 'mock', '--replicas', '2', '--memory', '256Mi', '--env', 'A=1', '--env', 'B=x=y', '--tag', 'demo', '--strategy', 'canary', '--strategy-config', '{canaryPercentage: 10, canaryDuration: 10m, successThreshold: 99.5}']);
    expect(ran).toMatchObject({ exitCode: 0, out: expect.stringContaining('slipway rollout status tiny --watch'), err: 'warning: UNUSED: mounts: is not used\n' });
    expect(lastChange()?.args['input']).toMatchObject({
      name: 'tiny',
      domain: 'default',
      tags: ['demo'],
      desiredReplicaCount: 2,
      deploymentStrategy: { type: 'CANARY', config: { canaryPercentage: 10, canaryDuration: '10m', successThreshold: 99.5 } },
      initialRevision: { modelVFolderConfig: { vfolderId: 'tiny-tales' }, modelRuntimeConfig: { runtimeVariant: 'mock', environ: '{"A":"1","B":"x=y"}' }, resourceConfig: { resourceSlots: { cpu: 1, mem: '256Mi' } } },
    });
  });

  it('takes what a file says, in YAML or JSON, and the example of its help', async () => {
    const help = (await run(['deploy', '--help'])).out;
    const example = /^ {2}name: tiny\n(?: {2}.*\n?)+/m.exec(help)?.[0] ?? '';
    expect(await run(['deploy', '-f', file('tiny.yaml', example)])).toMatchObject({ exitCode: 0 });
    expect(lastChange()?.args['input']).toMatchObject({ name: 'tiny', initialRevision: { modelRuntimeConfig: { environ: '{"THREADS":"1"}' } } });
    const json = JSON.stringify(lastChange()?.args['input']);
    expect(await run(['deploy', 'other', '-f', '-'], { input: json })).toMatchObject({ exitCode: 0 });
    expect(lastChange()?.args['input']).toEqual({ ...(JSON.parse(json) as object), name: 'other' });
  });

  it.each([
    [['deploy'], 'takes a name'],
    [['deploy', 'tiny'], '--model and --variant'],
    [['deploy', 'tiny', '-f', 'missing.yaml'], 'cannot be read'],
    [['deploy', '-f', 'x.yaml', '--replicas', '2', '--public'], '--replicas, --public and -f exclude each other'],
    [['deploy', 'tiny', '--model', 'm', '--variant', 'v', '--strategy-config', '{a: 1}'], '--strategy too'],
    [['deploy', 'tiny', '--model', 'm', '--variant', 'v', '--resources', '['], '--resources'],
    [['publish', 'tiny', '--model', 'm', '--variant', 'v', '--wait'], '--activate'],
    [['publish', 'tiny', '--model', 'm', '--variant', 'v', '--reason', 'because'], '--activate'],
    [['rollback', 'tiny'], 'exactly one'],
    [['scale', 'tiny', 'many'], 'whole number'],
    [['lst'], 'Did you mean one of list, ls?'],
    [['list', '--output', 'xml'], 'table, json, yaml'],
    [['delete', 'tiny'], '--yes'],
  ])('refuses wrong usage with code 2 and changes nothing: %j', async (argv, told) => {
    const ran = await run(argv);
    expect([ran.exitCode, ran.out]).toEqual([2, '']);
    expect(ran.err).toContain(told);
    expect(platform.changes.size).toBe(0);
  });

  it('makes a change once, although its answer was lost on the way', async () => {
    platform.answersToLose = 2;
    expect(await run(['deploy', 'tiny', '--model', 'm', '--variant', 'mock'])).toMatchObject({ exitCode: 0 });
    expect([...platform.changes.keys()]).toEqual([expect.stringMatching(/^key-\d+$/)]);
    expect(await run(['publish', 'tiny', '--model', 'm', '--variant', 'mock', '--idempotency-key', 'mine'])).toMatchObject({ exitCode: 0 });
    expect([...platform.changes.keys()].at(-1)).toBe('mine');
  });

  it('publishes, and activates where that is asked for, with one change under one key', async () => {
    const argv = ['publish', 'tiny', '--model', 'm', '--variant', 'mock', '-o', 'json'];
    const answer = { id: revision(2).id, name: 'second', revisionNumber: 2, contentHash: 'c'.repeat(64), deploymentId: 'd0000000-0000-4000-8000-000000000001', warnings: [] };
    expect(JSON.parse((await run(argv)).out)).toEqual({ ...answer, activating: false });
    expect(lastChange()?.args['input']).toMatchObject({ autoActivate: false });
    platform.changes.clear();
    platform.answersToLose = 1;
    for (const _ of [1, 2]) {
      expect(JSON.parse((await run([...argv, '--activate', '--reason', 'shorter answers', '--idempotency-key', 'mine'])).out)).toEqual({ ...answer, activating: true });
    }
    expect([...platform.changes]).toEqual([['mine', { field: 'createModelRevision', args: { input: expect.objectContaining({ autoActivate: true, reason: 'shorter answers' }) } }]]);
  });

  it('takes an activation and its reason from a file or from options, and refuses both at once', async () => {
    const next = { image: { name: 'slipway-engine', architecture: 'x86_64' }, modelRuntimeConfig: { runtimeVariant: 'mock' }, modelVFolderConfig: { vfolderId: 'm' }, resourceConfig: { resourceGroup: { name: 'default' }, resourceSlots: { cpu: 1, mem: '1Gi' } } };
    const publish = (content: object, ...more: readonly string[]) => run(['publish', 'tiny', '-f', '-', ...more], { input: JSON.stringify(content) });
    expect(await publish(next, '--activate', '--reason', 'why')).toMatchObject({ exitCode: 0, out: expect.stringContaining('is on its way') });
    expect(lastChange()?.args['input']).toMatchObject({ autoActivate: true, reason: 'why' });
    expect(await publish({ ...next, autoActivate: true, reason: 'the file' })).toMatchObject({ exitCode: 0, out: expect.stringContaining('is on its way') });
    expect(lastChange()?.args['input']).toMatchObject({ autoActivate: true, reason: 'the file' });
    const changes = platform.changes.size;
    expect(await publish({ ...next, autoActivate: false }, '--activate')).toMatchObject({ exitCode: 2, err: expect.stringContaining('autoActivate is in the file as well') });
    expect(platform.changes.size).toBe(changes);
  });

  it('gives up after a few attempts where nobody answers, and at once where it is refused', async () => {
    platform.answersToLose = Infinity;
    expect(await run(['deploy', 'tiny', '--model', 'm', '--variant', 'mock'])).toMatchObject({ exitCode: 3 });
    platform.answersToLose = 0;
    platform.mutations['createModelDeployment'] = () => {
      throw refusal('NAME_TAKEN', 'the name "tiny" is taken in domain "default"');
    };
    const before = platform.requests;
    const refused = await run(['deploy', 'tiny', '--model', 'm', '--variant', 'mock']);
    expect(refused).toMatchObject({ exitCode: 1, err: expect.stringContaining('slipway: NAME_TAKEN: the name "tiny" is taken in domain "default"\n  fix: publish a revision') });
    expect(platform.requests - before).toBe(1);
  });
});
