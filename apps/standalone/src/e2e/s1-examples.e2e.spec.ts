import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createToken, look, untilStatus } from './deployments.js';
import { PlatformLab } from './platform-lab.js';

/** Stands in for vLLM: healthy at once, answers every path with what it was started with; ends when the test's folder is gone. */
const VLLM = `#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { createServer } = require('node:http');
setInterval(() => existsSync(__filename) || process.exit(), 1000);
const argv = process.argv.slice(2);
const answer = JSON.stringify({ object: 'chat.completion', choices: [], startedWith: argv.join(' '), devices: process.env.CUDA_VISIBLE_DEVICES });
createServer((request, response) => response.end(answer)).listen(Number(argv[argv.indexOf('--port') + 1]), '127.0.0.1');
`;
/** What the examples' model folders hold; those without files are mounted only. */
const FOLDERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'eeb8c377-15d2-4a16-8ed8-01215f3a5353': { 'config.json': '{}', 'model.safetensors': 'weights' },
  '550e8400-e29b-41d4-a716-446655440000': {
    'config.json': '{}',
    'model.safetensors': 'weights',
    'model-definition.yaml': 'models:\n  - name: falcon\n    model_path: /models\n    service:\n      start_command: [serve, --port, "8000"]\n      port: 8000\n',
  },
  '550e8400-e29b-41d4-a716-446655440001': {},
  '7a83e195-7410-4768-a338-a949cef6be83': {},
};

type Ids = { readonly deployment?: string; readonly revision?: string; readonly newRevision?: string };
// The answer's shape is the example's.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Answer = any;

/** The nine executable examples of the published proposal, byte for byte; nothing but the ids in them is put in. */
describe('the examples of the proposal, run in the order in which they make sense', () => {
  let lab: PlatformLab;
  let deployment = '';
  let initialRevision = '';
  let newRevision = '';

  beforeAll(async () => {
    lab = await PlatformLab.create();
    for (const [folder, files] of Object.entries(FOLDERS)) {
      mkdirSync(path.join(lab.dataDir, 'models', folder), { recursive: true });
      for (const [file, text] of Object.entries(files)) writeFileSync(path.join(lab.dataDir, 'models', folder, file), text);
    }
    const bin = path.join(lab.dataDir, 'bin');
    mkdirSync(bin);
    writeFileSync(path.join(bin, 'vllm'), VLLM);
    chmodSync(path.join(bin, 'vllm'), 0o755);
    lab.searchFirst(bin);
    await lab.start();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  const run = (example: string, ids: Ids = {}): Promise<Answer> => lab.graph.ask(exampleText(example, ids));

  it('S1.95 CreateSimpleDeployment deploys, and the deployment serves', async () => {
    const { createModelDeployment } = await run('create-simple-deployment');
    expect(createModelDeployment).toEqual({
      deployment: {
        id: expect.any(String),
        name: 'llama-3-service',
        endpointUrl: expect.stringMatching(/^http/),
        status: expect.stringMatching(/^(PROVISIONING|ACTIVE)$/),
        tags: ['production', 'llm'],
        revision: createModelDeployment.deployment.revision,
      },
    });
    // None is active until one serves, which may be at once.
    const initial = { id: expect.any(String), name: 'initial', tags: ['v1.0', 'stable'], status: 'ACTIVE' };
    expect([null, initial]).toContainEqual(createModelDeployment.deployment.revision);
    deployment = createModelDeployment.deployment.id;
    await untilStatus(lab.graph, deployment, 'ACTIVE', 1);
    initialRevision = (await look(lab.graph, deployment)).revision?.id ?? '';
    const { startedWith, devices } = await chat(lab, await createToken(lab, deployment));
    expect(startedWith).toMatch(/^serve \S+ --tensor-parallel-size 2 --pipeline-parallel-size 1 --max-model-len 4096 --served-model-name llama-3-service /);
    expect(devices).toBe('0,1');
  });

  it('S1.94 GetRevisionDetails shows what the revision was made of', async () => {
    expect(await run('get-revision-details', { revision: initialRevision })).toEqual({
      revision: {
        id: initialRevision,
        name: 'initial',
        tags: ['v1.0', 'stable'],
        status: 'ACTIVE',
        resourceConfig: { resourceGroup: { name: 'gpu-cluster' }, resourceSlots: { cpu: 8, mem: '8Gib' }, resourceOpts: { shmem: '64m' } },
        modelRuntimeConfig: {
          runtimeVariant: 'VLLM',
          serviceConfig: json({ maxModelLength: 4096, parallelism: { ppSize: 1, tpSize: 2 } }),
          environ: json({ CUDA_VISIBLE_DEVICES: '0,1' }),
        },
        modelVFolderConfig: { vfolder: { id: 'eeb8c377-15d2-4a16-8ed8-01215f3a5353', name: expect.any(String) }, mountDestination: '/models', definitionPath: 'model-definition.yaml' },
        mounts: [{ vfolderId: '550e8400-e29b-41d4-a716-446655440001', destination: '/data', type: 'BIND', permission: 'READ_ONLY' }],
        image: { name: 'vllm:0.9.1', architecture: 'x86_64' },
        errorData: null,
        createdAt: expect.stringMatching(INSTANT),
      },
    });
  });

  it('S1.96 CreateExpertDeployment takes the canary strategy and the preferred domain', async () => {
    const { createModelDeployment } = await run('create-expert-deployment');
    expect(createModelDeployment).toEqual({
      deployment: {
        id: expect.any(String),
        name: 'falcon-7b-optimized',
        endpointUrl: expect.stringMatching(/^http/),
        preferredDomainName: 'falcon.mycompany.ai',
        tags: ['experimental', 'falcon'],
        clusterConfig: { mode: 'MULTI_NODE', size: 3 },
        deploymentStrategy: { type: 'CANARY', config: json({ canaryPercentage: 10, canaryDuration: '30m', successThreshold: 95 }) },
      },
    });
    // Three nodes are more than one machine; it says so instead of starting something else.
    const { status, statusReason } = await untilStatus(lab.graph, createModelDeployment.deployment.id, 'FAILED', 0);
    expect({ status, statusReason }).toEqual({ status: 'FAILED', statusReason: expect.stringMatching(/^UNSUPPORTED: .*3 nodes/) });
  });

  it('S1.97 CreateNewRevision publishes a revision and does not activate it', async () => {
    const { createModelRevision } = await run('create-new-revision', { deployment });
    expect(createModelRevision).toEqual({
      revision: { id: expect.any(String), name: 'optimized-version', tags: ['v2.0', 'optimized'], status: 'INACTIVE', createdAt: expect.stringMatching(INSTANT) },
    });
    newRevision = createModelRevision.revision.id;
    const { revision } = await run('get-revision-details', { revision: newRevision });
    expect(revision.modelRuntimeConfig).toEqual({
      runtimeVariant: 'VLLM',
      serviceConfig: json({ maxModelLength: 8192, parallelism: { ppSize: 2, tpSize: 4 }, extraCliParameters: '--enable-lora' }),
      environ: json({ CUDA_VISIBLE_DEVICES: '0,1,2,3' }),
    });
    expect(revision).toMatchObject({ mounts: [], resourceConfig: { resourceSlots: { cpu: 16, mem: '96g' } }, image: { name: 'vllm:0.9.2' } });
    expect((await look(lab.graph, deployment)).revision?.id).toBe(initialRevision);
  });

  it('S1.99 SwitchActiveRevision starts the strategy, after which the new revision serves', async () => {
    const initial = { id: initialRevision, name: 'initial', tags: ['v1.0', 'stable'] };
    const next = { id: newRevision, name: 'optimized-version', tags: ['v2.0', 'optimized'] };
    const before = { id: deployment, name: 'llama-3-service', revision: { ...initial, status: 'ACTIVE' }, revisionHistory: [] };
    const after = { ...before, revision: { ...next, status: 'ACTIVE' }, revisionHistory: [initial] };
    const { updateModelDeployment } = await run('switch-active-revision', { deployment, newRevision });
    expect([before, after]).toContainEqual(updateModelDeployment.deployment);
    expect((await untilStatus(lab.graph, deployment, 'ACTIVE', 1)).revision?.id).toBe(newRevision);
    // Asked for again it changes nothing, and shows what has become of it.
    expect(await run('switch-active-revision', { deployment, newRevision })).toEqual({ updateModelDeployment: { deployment: after } });
    expect((await chat(lab, await createToken(lab, deployment))).startedWith).toContain('--pipeline-parallel-size 2 --max-model-len 8192 --enable-lora');
  });

  it('S1.98 UpdateDeployment changes strategy, openness and tags', async () => {
    expect(await run('update-deployment', { deployment })).toEqual({
      updateModelDeployment: {
        deployment: {
          id: deployment,
          name: 'llama-3-service',
          openToPublic: true,
          tags: ['production', 'llm', 'updated'],
          deploymentStrategy: { type: 'BLUE_GREEN', config: json({ autoPromotionEnabled: true, terminationWaitTime: 300 }) },
        },
      },
    });
  });

  it('S1.92 GetDeploymentDetails shows all of it, the history as a connection and the strategy as a leaf', async () => {
    const { deployment: seen } = await run('get-deployment-details', { deployment });
    expect(seen).toEqual({
      id: deployment,
      name: 'llama-3-service',
      endpointUrl: expect.stringMatching(/^http/),
      preferredDomainName: null,
      status: 'ACTIVE',
      openToPublic: true,
      tags: ['production', 'llm', 'updated'],
      revision: { id: newRevision, name: 'optimized-version', tags: ['v2.0', 'optimized'], status: 'ACTIVE' },
      revisionHistory: {
        edges: [{ node: { id: initialRevision, name: 'initial', tags: ['v1.0', 'stable'], createdAt: expect.stringMatching(INSTANT) } }],
        pageInfo: { hasNextPage: false, endCursor: expect.any(String) },
      },
      replicaManagement: {
        desiredReplicaCount: 1,
        replicas: [
          {
            name: expect.any(String),
            revision: { id: newRevision, name: 'optimized-version' },
            routings: { edges: [{ node: { id: expect.any(String), status: 'ACTIVE' } }] },
          },
        ],
        autoScalingRules: [],
      },
      clusterConfig: { mode: 'SINGLE_NODE', size: 1 },
      deploymentStrategy: { type: 'BLUE_GREEN', config: json({ autoPromotionEnabled: true, terminationWaitTime: 300 }) },
      domain: { name: 'default' },
      project: { name: 'ml-team-project-id' },
      createdUser: { email: expect.any(String) },
      createdAt: expect.stringMatching(INSTANT),
      updatedAt: expect.stringMatching(INSTANT),
    });
  });

  it('S1.93 ListDeployments lists what is active and public, its block of type definitions pasted along', async () => {
    expect(await run('list-deployments')).toEqual({
      deployments: [
        {
          id: deployment,
          name: 'llama-3-service',
          endpointUrl: expect.stringMatching(/^http/),
          status: 'ACTIVE',
          tags: ['production', 'llm', 'updated'],
          openToPublic: true,
          revision: { id: newRevision, name: 'optimized-version', tags: ['v2.0', 'optimized'], status: 'ACTIVE' },
          clusterConfig: { mode: 'SINGLE_NODE', size: 1 },
          replicaManagement: { desiredReplicaCount: 1, replicas: [{ name: expect.any(String) }], autoScalingRules: [] },
        },
      ],
    });
  });

  it('S1.100 DeleteDeployment answers with the id, and the deployment ends', async () => {
    expect(await run('delete-deployment', { deployment })).toEqual({ deleteModelServingDeployment: { deletedId: deployment } });
    await untilStatus(lab.graph, deployment, 'DESTROYED', 0);
  });
});

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

function exampleText(example: string, { deployment, revision, newRevision }: Ids): string {
  const text = readFileSync(new URL(`s1-examples/${example}.graphql`, import.meta.url), 'utf8');
  return text
    .replaceAll('deployment-uuid', deployment ?? 'deployment-uuid')
    .replaceAll('new-revision-uuid', newRevision ?? 'new-revision-uuid')
    .replaceAll(/(?<!new-)revision-uuid/g, revision ?? 'revision-uuid');
}

/** A leaf that is JSON as text. */
const json = (value: object): string => JSON.stringify(value);

async function chat(lab: PlatformLab, token: string): Promise<{ readonly startedWith: string; readonly devices: string }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${lab.baseUrl}/chat/completions`, { method: 'POST', headers, body: '{"model":"llama-3-service","messages":[]}' });
  return (await response.json()) as { startedWith: string; devices: string };
}
