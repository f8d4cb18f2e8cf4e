import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { CREATE, CREATE_REVISION, deployed, deploymentInput, published, revisionInput } from '../testing/deployment-inputs.js';
import { MODEL_DEFINITION } from '../testing/model-root.js';
import { openRegistryLab, type RegistryLab } from '../testing/registry-lab.js';

let lab: RegistryLab;
let deploymentId: string;
beforeAll(async () => {
  lab = await openRegistryLab();
  deploymentId = await deployed(lab);
});
afterAll(() => lab[Symbol.asyncDispose]());

const publish = async (changes: Record<string, unknown>) => (await lab.ask(CREATE_REVISION, { input: { deploymentId, ...revisionInput(changes) } })).createModelRevision;
const refused = (changes: Record<string, unknown>) => lab.refused(CREATE_REVISION, { input: { deploymentId, ...revisionInput(changes) } });
const runtime = (runtimeVariant: string, rest: Record<string, unknown> = {}) => ({ modelRuntimeConfig: { runtimeVariant, ...rest }, modelVFolderConfig: { vfolderId: 'tiny' } });
const slots = (resourceSlots: Record<string, unknown>, resourceOpts: Record<string, unknown> | null = null) => ({ resourceConfig: { resourceGroup: { name: 'default' }, resourceSlots, resourceOpts } });

describe('publishing a revision', () => {
  it('does not activate it (S1.8, S1.49, S1.97)', async () => {
    const { revision } = await publish({ name: 'optimized-version', tags: ['v2.0', 'optimized'] });
    expect(revision).toMatchObject({ name: 'optimized-version', tags: ['v2.0', 'optimized'], status: 'INACTIVE', createdAt: expect.any(String) });
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { revision { name } deployingRevision { id } } }', { id: deploymentId });
    expect(deployment).toEqual({ revision: { name: 'first' }, deployingRevision: null });
  });

  it('activates it as well where that is asked for, with the reason; its content is the same', async () => {
    const plain = await publish({ name: 'plain' });
    const id = await deployed(lab, { name: 'at-once' });
    const input = { deploymentId: id, ...revisionInput({ name: 'plain' }), autoActivate: true, reason: 'faster' };
    const { revision } = (await lab.ask(CREATE_REVISION, { input })).createModelRevision;
    expect(revision.contentHash).toBe(plain.revision.contentHash);
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { revision { id } deployingRevision { id } } }', { id });
    expect([deployment.revision?.id, deployment.deployingRevision?.id]).toContain(revision.id);
    const asked = (await Array.fromAsync(lab.log.readAll({ filter: { types: ['RevisionActivationRequested'] } }))).at(-1);
    expect(asked?.data).toMatchObject({ revisionId: revision.id, cause: { kind: 'activate', reason: 'faster' } });
  });

  it('refuses a reason that is too long, or for an activation that is not asked for, and publishes nothing', async () => {
    const head = await lab.log.head();
    expect(await refused({ reason: 'because' })).toMatchObject({ code: 'INVALID_INPUT', message: 'reason is kept with an activation: set autoActivate too, or leave it out' });
    expect(await refused({ reason: 'x'.repeat(1_001), autoActivate: true })).toMatchObject({ code: 'INVALID_INPUT', message: 'reason has 1001 characters; 1000 are allowed' });
    expect(await lab.log.head()).toBe(head);
  });

  it('numbers revisions one after another (S2.11)', async () => {
    const numbers: number[] = [];
    for (const name of ['a', 'b', 'c']) numbers.push((await publish({ name })).revision.revisionNumber);
    expect(numbers).toEqual([numbers[0], (numbers[0] ?? 0) + 1, (numbers[0] ?? 0) + 2]);
  });

  it('numbers revisions that are published at once, each its own', async () => {
    const made = await Promise.all(['x', 'y', 'z'].map((name) => publish({ name })));
    expect(new Set(made.map(({ revision }) => revision.revisionNumber)).size).toBe(3);
  });

  it('gives equal content an equal hash, whatever it is called, and other content another', async () => {
    const hash = async (changes: Record<string, unknown>) => (await publish(changes)).revision.contentHash as string;
    const plain = await hash({ name: 'one', tags: ['a'] });
    expect(await hash({ name: 'two', tags: [] })).toBe(plain);
    const others = [
      await hash({ image: { name: 'slipway-engine:2', architecture: 'x86_64' } }),
      await hash({ image: { name: 'slipway-engine:1', architecture: 'arm64' } }),
      await hash(slots({ cpu: 2, mem: '256Mi' })),
      await hash(slots({ cpu: 1, mem: '512Mi' })),
      await hash({ clusterConfig: { mode: 'MULTI_NODE', size: 2 } }),
      await hash({ modelRuntimeConfig: { runtimeVariant: 'mock', environ: '{"A":"1"}' } }),
      await hash({ modelRuntimeConfig: { runtimeVariant: 'mock', serviceConfig: { extra: '{"a":1}' } } }),
      await hash({ modelVFolderConfig: { vfolderId: 'tiny' } }),
      await hash({ mounts: [{ vfolderId: 'tiny', destination: '/data', type: 'BIND', permission: 'READ_ONLY' }] }),
    ];
    expect(new Set([plain, ...others]).size).toBe(1 + others.length);
  });

  it('freezes the text of the model definition (S2.4)', async () => {
    const file = path.join(lab.modelRoot, 'tiny', 'model-definition.yaml');
    const before = await publish(runtime('custom'));
    writeFileSync(file, `${MODEL_DEFINITION}# edited later\n`);
    const after = await publish(runtime('custom'));
    writeFileSync(file, MODEL_DEFINITION);
    expect(after.revision.contentHash).not.toBe(before.revision.contentHash);
    const { revision } = await lab.ask('query ($id: ID!) { revision(id: $id) { modelDefinition } }', { id: before.revision.id });
    expect(revision.modelDefinition).toBe(MODEL_DEFINITION);
  });

  it('takes over the cluster of the deployment unless it says otherwise (X5)', async () => {
    const clustered = await deployed(lab, { name: 'clustered', clusterConfig: { mode: 'MULTI_NODE', size: 3 } });
    const cluster = async (id: string) => (await lab.ask('query ($id: ID!) { revision(id: $id) { clusterConfig { mode size } } }', { id })).revision.clusterConfig;
    expect(await cluster(await published(lab, clustered))).toEqual({ mode: 'MULTI_NODE', size: 3 });
    expect(await cluster(await published(lab, clustered, { clusterConfig: { mode: 'SINGLE_NODE', size: 1 } }))).toEqual({ mode: 'SINGLE_NODE', size: 1 });
  });
});

describe('warnings', () => {
  it('says when there are more workers than visible devices, and accepts (X14)', async () => {
    const { revision, warnings } = await publish(runtime('VLLM', { serviceConfig: { parallelism: { ppSize: 2, tpSize: 4 } }, environ: '{"CUDA_VISIBLE_DEVICES": "0,1,2,3"}' }));
    expect(warnings).toEqual([{ code: 'PARALLELISM_EXCEEDS_DEVICES', field: 'modelRuntimeConfig.serviceConfig.parallelism', message: expect.stringContaining('= 8 workers, but CUDA_VISIBLE_DEVICES shows 4') }]);
    const stored = await lab.ask('query ($id: ID!) { revision(id: $id) { warnings { code field message } } }', { id: revision.id });
    expect(stored.revision.warnings).toEqual(warnings);
    const recorded = await Array.fromAsync(lab.log.readAll({ filter: { types: ['RevisionCreated'] } }));
    expect(recorded.find(({ streamId }) => streamId === `revision-${revision.id}`)?.data).toMatchObject({ warnings });
  });

  it('says which of two contradictory sizes is used (X26)', async () => {
    const environ = JSON.stringify({ VLLM_TP_SIZE: '8', VLLM_PP_SIZE: '1' });
    const { warnings } = await publish(runtime('VLLM', { serviceConfig: { parallelism: { ppSize: 1, tpSize: 2 } }, environ }));
    expect(warnings).toEqual([{ code: 'PARALLELISM_CONFLICT', field: 'modelRuntimeConfig.environ.VLLM_TP_SIZE', message: 'serviceConfig.parallelism.tpSize 2 is used; VLLM_TP_SIZE=8 is ignored' }]);
  });

  it('says them of the first revision with the answer that creates the deployment', async () => {
    const initialRevision = revisionInput(runtime('VLLM', { serviceConfig: { parallelism: { tpSize: 4 } }, environ: '{"CUDA_VISIBLE_DEVICES": "0"}' }));
    const { createModelDeployment } = await lab.ask(CREATE, { input: deploymentInput({ name: 'warned', initialRevision }) });
    expect(createModelDeployment.warnings).toHaveLength(1);
  });

  it('says nothing when all is well', async () => {
    expect((await publish(runtime('VLLM', { serviceConfig: { parallelism: { tpSize: 2 } }, environ: '{"CUDA_VISIBLE_DEVICES": "0,1", "VLLM_TP_SIZE": "2"}' }))).warnings).toEqual([]);
  });
});

describe('sizes', () => {
  it.each([['8Gib', 8 * 1024 ** 3], ['96g', 96 * 1024 ** 3], ['64m', 64 * 1024 ** 2], ['512Mi', 512 * 1024 ** 2], ['1T', 1024 ** 4], ['1048576', 1024 ** 2]])(
    'reads %s as %d bytes and keeps the text (S1.59, X12)',
    async (mem, memBytes) => {
      const { revision } = await publish(slots({ cpu: 1, mem }));
      const stored = await lab.ask('query ($id: ID!) { revision(id: $id) { resourceConfig { resourceSlots { mem memBytes } } } }', { id: revision.id });
      expect(stored.revision.resourceConfig.resourceSlots).toEqual({ mem, memBytes });
    },
  );

  it.each([
    [slots({ cpu: 1, mem: '-1g' }), 'resourceConfig.resourceSlots.mem'],
    [slots({ cpu: 1, mem: '0' }), 'resourceConfig.resourceSlots.mem'],
    [slots({ cpu: 1, mem: '9999999999t' }), 'resourceConfig.resourceSlots.mem'],
    [slots({ cpu: 1, mem: 'much' }), 'resourceConfig.resourceSlots.mem'],
    [slots({ cpu: 0, mem: '1g' }), 'resourceConfig.resourceSlots.cpu'],
    [slots({ cpu: -8, mem: '1g' }), 'resourceConfig.resourceSlots.cpu'],
    [slots({ cpu: 2_000_000_000, mem: '1g' }), 'resourceConfig.resourceSlots.cpu'],
    [slots({ cpu: 1, mem: '1g', extra: '[]' }), 'resourceConfig.resourceSlots.extra'],
    [slots({ cpu: 1, mem: '1g' }, { shmem: '-64m' }), 'resourceConfig.resourceOpts.shmem'],
    [slots({ cpu: 1, mem: '1g' }, { extra: '"x"' }), 'resourceConfig.resourceOpts.extra'],
    [{ clusterConfig: { mode: 'SINGLE_NODE', size: 2 } }, 'clusterConfig.size'],
    [{ clusterConfig: { mode: 'MULTI_NODE', size: -1 } }, 'clusterConfig.size'],
    [{ clusterConfig: { mode: 'MULTI_NODE', size: 1_000_000 } }, 'clusterConfig.size'],
    [{ tags: [''] }, 'tags'],
    [{ tags: Array.from({ length: 1000 }, (_, index) => `t${index}`) }, 'tags'],
    [{ name: '' }, 'name'],
    [{ name: 'line\nbreak' }, 'name'],
    [{ image: { name: '', architecture: 'x86_64' } }, 'image.name'],
    [{ image: { name: 'i', architecture: 'x'.repeat(300) } }, 'image.architecture'],
    [{ mounts: [{ vfolderId: 'tiny', destination: '../up', type: 'BIND', permission: 'READ_ONLY' }] }, 'mounts.destination'],
    [{ mounts: [{ vfolderId: 'tiny', destination: '/a/../b', type: 'BIND', permission: 'READ_ONLY' }] }, 'mounts.destination'],
    [{ mounts: Array.from({ length: 100 }, () => ({ vfolderId: 'tiny', destination: '/a', type: 'BIND', permission: 'READ_ONLY' })) }, 'mounts'],
    [{ modelVFolderConfig: { vfolderId: 'tiny', mountDestination: 'relative' } }, 'mounts.destination'],
  ])('refuses %j, naming %s, with nothing half-done', async (changes, field) => {
    const before = await lab.written();
    const { code, problems } = await refused(changes);
    expect(code).toBe('INVALID_INPUT');
    expect(problems.map((problem) => problem.field)).toContain(field);
    expect(await lab.written()).toBe(before);
  });
});

describe('service configuration', () => {
  it.each([
    [runtime('custom', { serviceConfig: { maxModelLength: 1 } }), 'modelRuntimeConfig.serviceConfig.maxModelLength'],
    [runtime('custom', { serviceConfig: { parallelism: { tpSize: 1 } } }), 'modelRuntimeConfig.serviceConfig.parallelism'],
    [runtime('cmd', { serviceConfig: { extraCliParameters: '--x' } }), 'modelRuntimeConfig.serviceConfig.extraCliParameters'],
    [runtime('mock', { serviceConfig: { parallelism: { ppSize: 1 } } }), 'modelRuntimeConfig.serviceConfig.parallelism'],
    [runtime('VLLM', { serviceConfig: { maxModelLength: -1 } }), 'modelRuntimeConfig.serviceConfig.maxModelLength'],
    [runtime('VLLM', { serviceConfig: { parallelism: { tpSize: 0 } } }), 'modelRuntimeConfig.serviceConfig.parallelism.tpSize'],
    [runtime('VLLM', { serviceConfig: { parallelism: { ppSize: 1_000_000 } } }), 'modelRuntimeConfig.serviceConfig.parallelism.ppSize'],
    [runtime('VLLM', { serviceConfig: { extraCliParameters: `--a 'open` } }), 'modelRuntimeConfig.serviceConfig.extraCliParameters'],
    [runtime('VLLM', { serviceConfig: { extraCliParameters: 'x'.repeat(10_000) } }), 'modelRuntimeConfig.serviceConfig.extraCliParameters'],
    [runtime('VLLM', { serviceConfig: { extra: '[1]' } }), 'modelRuntimeConfig.serviceConfig.extra'],
    [runtime('no-such-engine'), 'modelRuntimeConfig.runtimeVariant'],
    [runtime('NVIDIA'), 'modelRuntimeConfig.environ.NGC_API_KEY'],
    [runtime('NVIDIA', { environ: '{"NGC_API_KEY": ""}' }), 'modelRuntimeConfig.environ.NGC_API_KEY'],
  ])('refuses what does not belong to the variant: %j names %s (X9, S4.20)', async (changes, field) => {
    const before = await lab.written();
    const { code, problems } = await refused(changes);
    expect(code).toBe('INVALID_INPUT');
    expect(problems.map((problem) => problem.field)).toContain(field);
    expect(await lab.written()).toBe(before);
  });

  it('says every problem at once', async () => {
    const { problems } = await refused({ ...runtime('VLLM', { serviceConfig: { maxModelLength: 0 } }), ...slots({ cpu: 0, mem: 'x' }), name: '' });
    expect(problems.map(({ field }) => field).sort()).toEqual([
      'modelRuntimeConfig.serviceConfig.maxModelLength', 'name', 'resourceConfig.resourceSlots.cpu', 'resourceConfig.resourceSlots.mem',
    ]);
  });
});

describe('what a revision stands on', () => {
  it.each([
    ['a folder that does not exist', { modelVFolderConfig: { vfolderId: 'nowhere' } }, 'MODEL_FOLDER_NOT_FOUND'],
    ['a folder above the root', { modelVFolderConfig: { vfolderId: '../..' } }, 'MODEL_FOLDER_NOT_FOUND'],
    ['a mounted folder that does not exist', { mounts: [{ vfolderId: 'nowhere', destination: '/data', type: 'BIND', permission: 'READ_ONLY' }] }, 'MODEL_FOLDER_NOT_FOUND'],
    ['a definition above the folder', { modelVFolderConfig: { vfolderId: 'tiny', definitionPath: '../550e8400-e29b-41d4-a716-446655440000/model-definition.yaml' } }, 'PATH_OUTSIDE_ROOT'],
    ['a definition by absolute path', { modelVFolderConfig: { vfolderId: 'tiny', definitionPath: '/etc/passwd' } }, 'PATH_OUTSIDE_ROOT'],
    ['a missing definition that the variant needs', { modelRuntimeConfig: { runtimeVariant: 'custom' } }, 'MODEL_DEFINITION_NOT_FOUND'],
    ['no GGUF for the built-in engine', { modelRuntimeConfig: { runtimeVariant: 'llama.cpp' } }, 'MODEL_FILE_INVALID'],
    ['an unknown deployment', { deploymentId: 'nothing' }, 'DEPLOYMENT_NOT_FOUND'],
  ])('refuses %s', async (_what, changes, code) => {
    const before = await lab.written();
    expect((await refused(changes)).code).toBe(code);
    expect(await lab.written()).toBe(before);
  });

  it.each([
    ['models: []', 'models'],
    ['models: [{name: a, model_path: b, service: {start_command: x, port: 1}}]', 'models[0].service.port'],
    ['models: [{name: a, model_path: b, servise: {}}]', 'models[0].servise'],
    ['models: [', '(file)'],
    ['', '(file)'],
    ['a: &a [*a, *a]', '(file)'],
  ])('refuses a malformed definition %j, naming %s', async (text, field) => {
    writeFileSync(path.join(lab.modelRoot, 'tiny', 'bad.yaml'), text);
    const { code, problems } = await refused({ ...runtime('custom'), modelVFolderConfig: { vfolderId: 'tiny', definitionPath: 'bad.yaml' } });
    expect(code).toBe('MODEL_DEFINITION_INVALID');
    expect(problems.map((problem) => problem.field)).toContain(field);
  });

  it('takes the bundled model', async () => {
    const { revision } = await publish({ modelRuntimeConfig: { runtimeVariant: 'llama.cpp' }, modelVFolderConfig: { vfolderId: 'gguf' } });
    expect(revision.status).toBe('INACTIVE');
  });

  it('finds the weights below the mount destination, wherever that is', async () => {
    writeFileSync(path.join(lab.modelRoot, 'gguf', 'named.yaml'), 'models: [{name: t, model_path: /weights/tiny-tales.gguf}]');
    const folder = { vfolderId: 'gguf', mountDestination: '/weights', definitionPath: 'named.yaml' };
    expect((await publish({ modelRuntimeConfig: { runtimeVariant: 'llama.cpp' }, modelVFolderConfig: folder })).revision.status).toBe('INACTIVE');
  });
});
