import { CREATE_REVISION, deployed, published, revisionInput } from '../testing/deployment-inputs.js';
import { MODEL_DEFINITION } from '../testing/model-root.js';
import { openRegistryLab, type RegistryLab } from '../testing/registry-lab.js';

let lab: RegistryLab;
let deploymentId: string;
beforeAll(async () => {
  lab = await openRegistryLab();
  deploymentId = await deployed(lab);
});
afterAll(() => lab[Symbol.asyncDispose]());

const one = async (id: string, fields: string) => (await lab.ask(`query ($id: ID!) { revision(id: $id) { ${fields} } }`, { id })).revision;

/** `GetRevisionDetails` of S1 (what of it belongs to the registry), and everything we add. */
const EVERYTHING = `id name tags status revisionNumber contentHash deploymentId createdAt modelDefinition
  clusterConfig { mode size }
  resourceConfig { resourceGroup { name } resourceSlots { cpu mem memBytes extra } resourceOpts { shmem extra } }
  modelRuntimeConfig { runtimeVariant serviceConfigJSON environ
    serviceConfig { __typename ... on VLLMServiceConfig { maxModelLength extraCliParameters extra parallelism { ppSize tpSize } } } }
  modelVFolderConfig { vfolder { id name } mountDestination definitionPath }
  mounts { vfolderId destination type permission }
  image { name architecture }
  warnings { code } createdUser { email }`;

describe('the fields of ModelRevision', () => {
  it('answers everything that was said (S1.7, S1.52, S1.53, S1.54, S1.55, S1.56, S1.57, S1.58, S1.59, S1.60, S1.61, S1.62, S1.63, S1.64, S1.65, S1.66, S1.67, S1.68, S1.70, S1.71, S1.74, S1.75, S1.76, S1.77, S1.78, S1.79, S1.80, S1.81, S1.82, S1.84, S1.91, S1.94, X6)', async () => {
    const id = await published(lab, deploymentId, {
      name: 'optimized-version',
      tags: ['v2.0', 'optimized'],
      image: { name: 'vllm:0.9.2', architecture: 'x86_64' },
      modelRuntimeConfig: {
        runtimeVariant: 'VLLM',
        serviceConfig: { maxModelLength: 8192, parallelism: { ppSize: 1, tpSize: 2 }, extraCliParameters: '--enable-lora', extra: '{"seed":1}' },
        environ: '{"CUDA_VISIBLE_DEVICES": "0,1"}',
      },
      modelVFolderConfig: { vfolderId: 'tiny', mountDestination: '/models', definitionPath: 'model-definition.yaml' },
      mounts: [{ vfolderId: '550e8400-e29b-41d4-a716-446655440001', destination: '/data', type: 'BIND', permission: 'READ_ONLY' }],
      resourceConfig: {
        resourceGroup: { name: 'gpu-premium' },
        resourceSlots: { mem: '8Gib', cpu: 16, extra: '{"cuda.device":2}' },
        resourceOpts: { shmem: '64m', extra: '{"a":[1]}' },
      },
    });
    const { contentHash, createdAt, ...seen } = await one(id, EVERYTHING);
    expect(contentHash).toMatch(/^[0-9a-f]{64}$/);
    expect(createdAt).toBe(new Date(lab.clock.nowMs()).toISOString());
    expect(seen).toEqual({
      id,
      name: 'optimized-version',
      tags: ['v2.0', 'optimized'],
      status: 'INACTIVE',
      revisionNumber: 2,
      deploymentId,
      modelDefinition: MODEL_DEFINITION,
      clusterConfig: { mode: 'SINGLE_NODE', size: 1 },
      resourceConfig: {
        resourceGroup: { name: 'gpu-premium' },
        resourceSlots: { cpu: 16, mem: '8Gib', memBytes: 8 * 1024 ** 3, extra: '{"cuda.device":2}' },
        resourceOpts: { shmem: '64m', extra: '{"a":[1]}' },
      },
      modelRuntimeConfig: {
        runtimeVariant: 'VLLM',
        serviceConfigJSON: '{"maxModelLength":8192,"parallelism":{"ppSize":1,"tpSize":2},"extraCliParameters":"--enable-lora","extra":{"seed":1}}',
        environ: '{"CUDA_VISIBLE_DEVICES":"0,1"}',
        serviceConfig: {
          __typename: 'VLLMServiceConfig',
          maxModelLength: 8192,
          extraCliParameters: '--enable-lora',
          extra: '{"seed":1}',
          parallelism: { ppSize: 1, tpSize: 2 },
        },
      },
      modelVFolderConfig: { vfolder: { id: 'tiny', name: 'tiny' }, mountDestination: '/models', definitionPath: 'model-definition.yaml' },
      mounts: [{ vfolderId: '550e8400-e29b-41d4-a716-446655440001', destination: '/data', type: 'BIND', permission: 'READ_ONLY' }],
      image: { name: 'vllm:0.9.2', architecture: 'x86_64' },
      warnings: [],
      createdUser: { email: 'admin' },
    });
  });

  it('answers the defaults where nothing was said (S1.53, S1.60, S1.65, S1.66)', async () => {
    const id = await published(lab, deploymentId, { name: null });
    expect(await one(id, EVERYTHING)).toMatchObject({
      name: null,
      tags: [],
      mounts: [],
      modelDefinition: null,
      resourceConfig: { resourceSlots: { extra: null }, resourceOpts: null },
      modelRuntimeConfig: { serviceConfig: null, serviceConfigJSON: null, environ: '{}' },
      modelVFolderConfig: { mountDestination: '/models', definitionPath: 'model-definition.yaml' },
    });
  });

  it.each([
    ['VLLM', 'VLLMServiceConfig', 'vllm'],
    ['vllm', 'VLLMServiceConfig', 'vllm'],
    ['SGLANG', 'SGLANGServiceConfig', 'sglang'],
    ['NVIDIA', 'NVIDIAServiceConfig', 'nim'],
    ['NGC-NIM', 'NVIDIAServiceConfig', 'nim'],
    ['MOJO', 'MOJOServiceConfig', 'modular-max'],
    ['modular-max', 'MOJOServiceConfig', 'modular-max'],
    ['CUSTOM', 'CustomServiceConfig', 'custom'],
    ['Predefined Image Command', 'CustomServiceConfig', 'cmd'],
  ])('takes variant %s and answers its service configuration as %s (S1.61, S1.62, S1.80, X13)', async (runtimeVariant, typeName, profile) => {
    const environ = profile === 'nim' ? JSON.stringify({ NGC_API_KEY: 'nvapi-1' }) : null;
    const modelRuntimeConfig = { runtimeVariant, serviceConfig: { extra: '{"x":1}' }, environ };
    const id = await published(lab, deploymentId, { modelRuntimeConfig, modelVFolderConfig: { vfolderId: 'tiny' } });
    const seen = await one(id, 'modelRuntimeConfig { runtimeVariant serviceConfig { __typename } }');
    expect(seen.modelRuntimeConfig).toEqual({ runtimeVariant, serviceConfig: { __typename: typeName } });
  });

  it('lists the runtime variants with what they need (S4.8, X24)', async () => {
    const { runtimeVariants } = await lab.ask('{ runtimeVariants { name humanReadableName port healthCheckPath requiredEnviron } }');
    const names = runtimeVariants.map((variant: { name: string }) => variant.name).sort();
    expect(names).toEqual(['cmd', 'custom', 'huggingface-tgi', 'llama.cpp', 'mock', 'modular-max', 'nim', 'sglang', 'vllm']);
    expect(runtimeVariants.find((variant: { name: string }) => variant.name === 'nim')).toMatchObject({ port: 8000, healthCheckPath: '/v1/health/ready', requiredEnviron: ['NGC_API_KEY'] });
    expect(runtimeVariants.find((variant: { name: string }) => variant.name === 'cmd')).toMatchObject({ healthCheckPath: null });
  });

  it('says ACTIVE of the active one alone (S1.55)', async () => {
    const id = await published(lab, deploymentId);
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { revision { id } } }', { id: deploymentId });
    const { revisions } = await lab.ask('query ($id: ID!) { revisions(filter: { deploymentId: $id }) { id status } }', { id: deploymentId });
    for (const revision of revisions) expect(revision.status).toBe(revision.id === deployment.revision.id ? 'ACTIVE' : 'INACTIVE');
    expect(revisions.map((revision: { id: string }) => revision.id)).toContain(id);
  });

  it('is found by the other subgraphs', async () => {
    const id = await published(lab, deploymentId, { name: 'entity' });
    const representations = [{ __typename: 'ModelRevision', id }];
    const { _entities } = await lab.ask('query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on ModelRevision { name status } } }', { representations });
    expect(_entities).toEqual([{ name: 'entity', status: 'INACTIVE' }]);
  });

  it('is not shown while its deployment has not given it a number', async () => {
    lab.cut((streamId) => streamId.startsWith('deployment-'));
    expect(await lab.refused(CREATE_REVISION, { input: { deploymentId, ...revisionInput({ name: 'half' }) } }, { idempotencyKey: 'half' })).toMatchObject({ code: 'INTERNAL' });
    lab.cut(null);
    expect((await lab.ask('{ revisions(filter: { name: "half" }) { id } }')).revisions).toEqual([]);
    const again = await lab.ask(CREATE_REVISION, { input: { deploymentId, ...revisionInput({ name: 'half' }) } }, { idempotencyKey: 'half' });
    expect((await lab.ask('{ revisions(filter: { name: "half" }) { id } }')).revisions).toEqual([{ id: again.createModelRevision.revision.id }]);
  });

  it('has an address of its own, and is one of the nodes of its history (X1)', async () => {
    const id = await published(lab, deploymentId);
    const { deployment } = await lab.ask(
      'query ($d: ID!) { deployment(id: $d) { name revision { id address revisionNumber } revisionHistoryConnection { nodes { id } edges { node { id } } } } }',
      { d: deploymentId },
    );
    const { revisionNumber, address } = await one(id, 'revisionNumber address');
    expect(address).toBe(`${deployment.name}@${revisionNumber}`);
    expect(deployment.revisionHistoryConnection.nodes).toEqual(deployment.revisionHistoryConnection.edges.map(({ node }: { node: unknown }) => node));
  });
});
