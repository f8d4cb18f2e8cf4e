import { accept, reject } from '../decider.js';
import { given } from '../given-when-then.js';
import { VARIANT_PROFILES } from '../runtime-variants/variant-profile.js';
import { revision, type RevisionCommand, type RevisionEvent } from './revision.js';
import type { RevisionSpec } from './revision-spec.js';

const spec: RevisionSpec = {
  clusterConfig: { mode: 'SINGLE_NODE', size: 1 },
  image: { name: 'vllm:0.9.1', architecture: 'x86_64' },
  modelRuntimeConfig: { runtimeVariant: 'VLLM', serviceConfig: { maxModelLength: 4096 }, environ: {}, profile: VARIANT_PROFILES.vllm },
  modelVFolderConfig: { vfolderId: 'v', vfolderName: 'v', mountDestination: '/models', definitionPath: 'model-definition.yaml' },
  modelDefinition: null,
  mounts: [],
  resourceConfig: { resourceGroup: 'default', slots: { cpu: 8, mem: { text: '8Gib', bytes: 8 * 1024 ** 3 }, extra: null }, opts: null },
};
const facts = { revisionId: 'r', deploymentId: 'd', name: null, tags: [], spec, contentHash: 'a'.repeat(64), warnings: [], createdBy: 'u', atMs: 1 };
const create: RevisionCommand = { type: 'CreateRevision', ...facts };
const created: RevisionEvent = { type: 'RevisionCreated', ...facts };

describe('a revision (S1.7)', () => {
  it('is recorded whole when it is created', () => {
    expect(given(revision).when(create)).toEqual(accept(created));
  });

  it('is created once', () => {
    expect(given(revision, created).when(create)).toEqual(accept());
  });

  it('never changes (S1.8): other content under the same id is refused', () => {
    const changed: RevisionCommand = { ...create, spec: { ...spec, mounts: [] }, contentHash: 'b'.repeat(64) };
    expect(given(revision, created).when(changed)).toEqual(reject({ type: 'RevisionImmutable', revisionId: 'r' }));
  });

  it('keeps what it was made with', () => {
    expect(given(revision, created).state).toEqual({ phase: 'created', created });
  });
});
