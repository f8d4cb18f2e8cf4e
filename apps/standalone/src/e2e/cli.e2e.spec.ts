import { spawn, spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEMO_FOLDER, installDemoModel } from '../demo/demo-model.js';
import { PlatformLab } from './platform-lab.js';

const slipway = fileURLToPath(new URL('../../../../tools/cli/bin/slipway', import.meta.url));
const RUN_LIMIT_MS = 180_000;

type Ran = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

describe('the slipway command', () => {
  let lab: PlatformLab;
  beforeAll(async () => {
    lab = await PlatformLab.create();
    await lab.start();
    installDemoModel(path.join(lab.dataDir, 'models'));
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  /** As a person runs it: what `login` kept is all it knows. */
  const environ = () => ({ PATH: process.env['PATH'] ?? '', HOME: lab.dataDir });
  const run = (...argv: readonly string[]): Ran => {
    const { status, stdout, stderr } = spawnSync(slipway, argv, { env: environ(), encoding: 'utf8', timeout: RUN_LIMIT_MS });
    return { status, stdout, stderr };
  };
  const json = <T>(...argv: readonly string[]): T => {
    const { status, stdout, stderr } = run(...argv, '--output', 'json');
    if (status !== 0) throw new Error(`slipway ${argv.join(' ')} ended with ${status}: ${stderr}`);
    return JSON.parse(stdout) as T;
  };

  it('S1.101 signs in, deploys, rolls out, watches, talks, scales and deletes, through the gateway alone', async () => {
    expect(run('list')).toMatchObject({ status: 4 });
    const gateway = lab.graphUrl.replace('/graphql', '');
    expect(run('login', gateway, '--token-file', path.join(lab.dataDir, 'admin-token'))).toMatchObject({ status: 0, stdout: `signed in to ${lab.graphUrl}\n` });
    expect(statSync(path.join(lab.dataDir, '.config', 'slipway', 'config.json')).mode & 0o777).toBe(0o600);

    const deployed = run('deploy', 'small', '--model', DEMO_FOLDER, '--variant', 'mock', '--memory', '256Mi', '--tag', 'e2e', '--wait');
    expect(deployed).toMatchObject({ status: 0, stdout: expect.stringContaining(`serves at ${lab.baseUrl}`) });
    expect(json<object[]>('list')).toMatchObject([{ name: 'small', status: 'ACTIVE', replicaManagement: { readyReplicaCount: 1, desiredReplicaCount: 1 } }]);
    expect(run('deploy', 'small', '--model', DEMO_FOLDER, '--variant', 'mock')).toMatchObject({ status: 1, stderr: expect.stringContaining('NAME_TAKEN') });

    const file = path.join(lab.dataDir, 'next.yaml');
    writeFileSync(file, NEXT);
    expect(json('publish', 'small', '-f', file)).toMatchObject({ name: 'next', revisionNumber: 2 });
    expect(json<{ changes: { path: string }[] }>('diff', 'small@1', 'next').changes.map(({ path: at }) => at)).toEqual(expect.arrayContaining([expect.stringContaining('SEED')]));
    expect(json('activate', 'small', '2', '--dry-run')).toMatchObject({ strategy: 'ROLLING', additionalReplicaCount: 1 });

    expect(run('activate', 'small', '2')).toMatchObject({ status: 0 });
    const watched = run('rollout', 'status', 'small', '--watch', '--output', 'json');
    expect(watched).toMatchObject({ status: 0, stderr: '' });
    const seen = watched.stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as { rollout: { status: string; targetRevision: { revisionNumber: number } } });
    expect(seen.at(-1)?.rollout).toMatchObject({ status: 'COMPLETED', targetRevision: { revisionNumber: 2 } });
    expect(run('rollout', 'status', 'small').stdout).toMatch(/r1 .*-> r2 \(next\) {2}COMPLETED/);

    const token = run('tokens', 'create', 'small', '--name', 'app').stdout.trim();
    writeFileSync(path.join(lab.dataDir, 'token'), token);
    expect(run('chat', 'small', 'Hello', '--max-tokens', '5', '--token-file', path.join(lab.dataDir, 'token'))).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/\S/) });
    expect(run('chat', 'small', 'Hello', '--max-tokens', '5')).toMatchObject({ status: 0 });
    expect(json<{ name: string }[]>('tokens', 'list', 'small').map(({ name }) => name)).toEqual(['app']);
    expect(run('tokens', 'delete', 'small', 'app')).toMatchObject({ status: 0 });

    expect(run('scale', 'small', '2', '--wait')).toMatchObject({ status: 0 });
    expect(run('rollback', 'small', '--to-revision', '1', '--wait')).toMatchObject({ status: 0, stdout: expect.stringContaining('is back at r1') });
    const facts = json<{ type: string; actor: string }[]>('events', 'small', '--limit', '500').map(({ type }) => type);
    expect(facts).toEqual(expect.arrayContaining(['DeploymentCreated', 'RevisionCreated', 'RolloutStarted', 'ReplicaReady']));
    expect(run('explain', 'small')).toMatchObject({ status: 0, stdout: expect.stringContaining('because') });

    expect(run('delete', 'small', '--yes', '--wait')).toMatchObject({ status: 0, stdout: 'small is deleted\n' });
    expect(run('get', 'small')).toMatchObject({ status: 1 });
    expect(lab.enginePids()).toEqual([]);
  });

  it('follows what happens while the platform is started anew, and ends with Ctrl-C', async () => {
    expect(run('deploy', 'followed', '--model', DEMO_FOLDER, '--variant', 'mock', '--memory', '256Mi', '--wait')).toMatchObject({ status: 0 });
    const following = spawn(slipway, ['events', 'followed', '--follow', '--limit', '500', '--output', 'json'], { env: environ(), stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    following.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
    const ended = new Promise<number | null>((resolve) => following.once('exit', resolve));
    const until = async (fact: string): Promise<void> => {
      while (!output.includes(fact) && following.exitCode === null) await new Promise((resolve) => following.stdout.once('data', resolve));
    };
    await until('RevisionActivated');
    await lab.interrupt();
    await lab.start();
    expect(run('tokens', 'create', 'followed', '--name', 'later')).toMatchObject({ status: 0 });
    await until('AccessTokenCreated');
    following.kill('SIGINT');
    expect(await ended).toBe(130);
    const positions = output.trimEnd().split('\n').map((line) => (JSON.parse(line) as { position: number }).position);
    const recorded = json<{ position: number }[]>('events', 'followed', '--limit', '500').map(({ position }) => position);
    expect(positions).toEqual(recorded.slice(0, positions.length));
  });
});

const NEXT = `
name: next
image: { name: slipway-engine, architecture: x86_64 }
modelRuntimeConfig: { runtimeVariant: mock, environ: { SEED: "7" } }
modelVFolderConfig: { vfolderId: ${DEMO_FOLDER} }
resourceConfig: { resourceGroup: { name: default }, resourceSlots: { cpu: 1, mem: 256Mi } }
`;
