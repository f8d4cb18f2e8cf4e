import { VARIANT_PROFILES } from '../runtime-variants/variant-profile.js';
import { diffRevisions } from './revision-diff.js';
import type { RevisionSpec } from './revision-spec.js';

const spec: RevisionSpec = {
  clusterConfig: { mode: 'SINGLE_NODE', size: 1 },
  image: { name: 'vllm:0.9.1', architecture: 'x86_64' },
  modelRuntimeConfig: { runtimeVariant: 'vllm', serviceConfig: null, environ: { MODE: 'a', API_KEY: { secretRef: 'ref-1' } }, profile: VARIANT_PROFILES.vllm },
  modelVFolderConfig: { vfolderId: 'tiny', vfolderName: 'tiny', mountDestination: '/models', definitionPath: 'model-definition.yaml' },
  modelDefinition: {
    text: 'a',
    models: [{ name: 'tiny', modelPath: '/m', service: { preStartActions: [], startCommand: ['serve', '--a', '1', '--b'], port: 1, healthCheck: null }, metadata: {} }],
  },
  mounts: [{ vfolderId: 'data', destination: '/data', type: 'BIND', permission: 'READ_ONLY' }],
  resourceConfig: { resourceGroup: 'default', slots: { cpu: 1, mem: { text: '8Gi', bytes: 8 * 1024 ** 3 }, extra: null }, opts: null },
};
const runtime = (changes: Partial<RevisionSpec['modelRuntimeConfig']>): RevisionSpec => ({ ...spec, modelRuntimeConfig: { ...spec.modelRuntimeConfig, ...changes } });
const command = (startCommand: readonly string[]): RevisionSpec => {
  const [model] = spec.modelDefinition?.models ?? [];
  if (model?.service === null || model === undefined) throw new Error('no model');
  return { ...spec, modelDefinition: { text: 'a', models: [{ ...model, service: { ...model.service, startCommand } }] } };
};
const COMMAND = 'modelDefinition.models[tiny].service.startCommand';
const [mount] = spec.mounts;
if (mount === undefined) throw new Error('no mount');

describe('the difference of two revisions', () => {
  it('is nothing for equal specs', () => expect(diffRevisions(spec, structuredClone(spec))).toEqual([]));

  it.each<[string, RevisionSpec, readonly unknown[]]>([
    ['a field', { ...spec, image: { ...spec.image, name: 'vllm:0.9.2' } }, [{ path: 'image.name', kind: 'CHANGED', before: 'vllm:0.9.1', after: 'vllm:0.9.2' }]],
    ['what was null', runtime({ serviceConfig: { maxModelLength: 8 } }), [{ path: 'modelRuntimeConfig.serviceConfig', kind: 'CHANGED', before: null, after: { maxModelLength: 8 } }]],
    [
      'a quantity, by its text',
      { ...spec, resourceConfig: { ...spec.resourceConfig, slots: { ...spec.resourceConfig.slots, mem: { text: '16Gi', bytes: 1 } } } },
      [{ path: 'resourceConfig.slots.mem', kind: 'CHANGED', before: '8Gi', after: '16Gi' }],
    ],
    [
      'variables, by name',
      runtime({ environ: { API_KEY: { secretRef: 'ref-1' }, MORE: 'c' } }),
      [
        { path: 'modelRuntimeConfig.environ.MODE', kind: 'REMOVED', before: 'a' },
        { path: 'modelRuntimeConfig.environ.MORE', kind: 'ADDED', after: 'c' },
      ],
    ],
    [
      'mounts, by where they are',
      { ...spec, mounts: [{ ...mount, destination: '/more' }, { ...mount, permission: 'READ_WRITE' }] },
      [
        { path: 'mounts[/data].permission', kind: 'CHANGED', before: 'READ_ONLY', after: 'READ_WRITE' },
        { path: 'mounts[/more]', kind: 'ADDED', after: { ...mount, destination: '/more' } },
      ],
    ],
    ['a word put into a command', command(['serve', '--new', '--a', '1', '--b']), [{ path: `${COMMAND}[1]`, kind: 'ADDED', after: '--new' }]],
    ['a word of a command', command(['serve', '--a', '2', '--b']), [{ path: `${COMMAND}[2]`, kind: 'CHANGED', before: '1', after: '2' }]],
    ['a word taken out of a command', command(['--a', '1', '--b']), [{ path: `${COMMAND}[0]`, kind: 'REMOVED', before: 'serve' }]],
  ])('says of %s what it was and is', (_what, other, changes) => {
    expect(diffRevisions(spec, other)).toEqual(changes);
  });

  it('tells that a secret is another one, and neither of the two', () => {
    const changes = diffRevisions(spec, runtime({ environ: { MODE: 'a', API_KEY: { secretRef: 'ref-2' } } }));
    expect(changes).toEqual([{ path: 'modelRuntimeConfig.environ.API_KEY', kind: 'CHANGED', before: '***', after: '***' }]);
    expect(JSON.stringify(diffRevisions(spec, runtime({ environ: {} })))).not.toContain('ref-1');
  });

  it('compares long lists by place, and finds nothing in what every object has', () => {
    const long = (last: string): readonly string[] => [...Array<string>(600).fill('x'), last];
    expect(diffRevisions(command(long('a')), command(long('b')))).toEqual([{ path: `${COMMAND}[600]`, kind: 'CHANGED', before: 'a', after: 'b' }]);
    expect(diffRevisions(spec, runtime({ environ: { ...spec.modelRuntimeConfig.environ, constructor: 'x' } }))).toEqual([
      { path: 'modelRuntimeConfig.environ.constructor', kind: 'ADDED', after: 'x' },
    ]);
  });
});
