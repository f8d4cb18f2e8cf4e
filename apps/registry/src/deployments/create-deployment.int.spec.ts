import { CREATE, deploymentInput, revisionInput } from '../testing/deployment-inputs.js';
import { openRegistryLab, type RegistryLab } from '../testing/registry-lab.js';

let lab: RegistryLab;
beforeAll(async () => void (lab = await openRegistryLab()));
afterAll(() => lab[Symbol.asyncDispose]());

const create = (changes: Record<string, unknown> = {}) => lab.ask(CREATE, { input: deploymentInput(changes) });
const refused = (changes: Record<string, unknown>) => lab.refused(CREATE, { input: deploymentInput(changes) });

describe('creating a deployment', () => {
  it('takes the simple example of S1 as it stands (S1.46, S1.83, S1.95)', async () => {
    const { createModelDeployment } = await lab.ask(`
      mutation CreateSimpleDeployment {
        createModelDeployment(input: {
          name: "llama-3-service"
          domain: "default"
          project: "ml-team-project-id"
          openToPublic: true
          tags: ["production", "llm"]
          clusterConfig: { mode: SINGLE_NODE, size: 1 }
          deploymentStrategy: { type: ROLLING, config: { maxSurge: 1, maxUnavailable: 0 } }
          initialRevision: {
            name: "initial"
            tags: ["v1.0", "stable"]
            image: { name: "vllm:0.9.1", architecture: "x86_64" }
            modelRuntimeConfig: {
              runtimeVariant: "VLLM"
              serviceConfig: { maxModelLength: 4096, parallelism: { ppSize: 1, tpSize: 2 } }
              environ: "{\\"CUDA_VISIBLE_DEVICES\\": \\"0,1\\"}"
            }
            modelVFolderConfig: { vfolderId: "eeb8c377-15d2-4a16-8ed8-01215f3a5353", mountDestination: "/models", definitionPath: "model-definition.yaml" }
            mounts: [{ vfolderId: "550e8400-e29b-41d4-a716-446655440001", destination: "/data", type: BIND, permission: READ_ONLY }]
            resourceConfig: { resourceGroup: { name: "gpu-cluster" }, resourceSlots: { cpu: 8, mem: "8Gib" }, resourceOpts: { shmem: "64m" } }
          }
        }) { deployment { id name endpointUrl tags revision { id name tags status } revisions { name tags } } warnings { code } }
      }`);
    expect(createModelDeployment).toMatchObject({
      deployment: { name: 'llama-3-service', tags: ['production', 'llm'], revisions: [{ name: 'initial', tags: ['v1.0', 'stable'] }] },
      warnings: [],
    });
  });

  it('takes the expert example of S1 as it stands (S1.83, S1.84, S1.96)', async () => {
    const { createModelDeployment } = await lab.ask(`
      mutation CreateExpertDeployment {
        createModelDeployment(input: {
          name: "falcon-7b-optimized"
          preferredDomainName: "falcon.mycompany.ai"
          domain: "default"
          project: "research-team-id"
          openToPublic: false
          tags: ["experimental", "falcon"]
          clusterConfig: { mode: MULTI_NODE, size: 3 }
          deploymentStrategy: { type: CANARY, config: { canaryPercentage: 10, canaryDuration: "30m", successThreshold: 95 } }
          initialRevision: {
            name: "baseline"
            tags: ["v1.0", "baseline"]
            image: { name: "python-tcp-app:3.9-ubuntu20.04", architecture: "x86_64" }
            modelRuntimeConfig: {
              runtimeVariant: "CUSTOM"
              serviceConfig: { extraCliParameters: "--trust-remote-code --enable-lora --gpu-memory-utilization 0.95" }
              environ: "{\\"CUDA_VISIBLE_DEVICES\\": \\"0,1,2,3\\"}"
            }
            modelVFolderConfig: { vfolderId: "550e8400-e29b-41d4-a716-446655440000", mountDestination: "/models", definitionPath: "model-definition.yaml" }
            mounts: [{ vfolderId: "7a83e195-7410-4768-a338-a949cef6be83", destination: "/home/work/datasets", type: BIND, permission: READ_WRITE }]
            resourceConfig: { resourceGroup: { name: "gpu-premium" }, resourceSlots: { mem: "96g", cpu: 16 }, resourceOpts: { shmem: "128m" } }
          }
        }) { deployment { name preferredDomainName tags clusterConfig { mode size } deploymentStrategy { type config: configJSON } } }
      }`);
    expect(createModelDeployment.deployment).toEqual({
      name: 'falcon-7b-optimized',
      preferredDomainName: 'falcon.mycompany.ai',
      tags: ['experimental', 'falcon'],
      clusterConfig: { mode: 'MULTI_NODE', size: 3 },
      deploymentStrategy: { type: 'CANARY', config: '{"canaryPercentage":10,"canaryDuration":"30m","successThreshold":95}' },
    });
  });

  it.each([
    [{ name: '' }, 'name'],
    [{ name: 'Upper' }, 'name'],
    [{ name: '../../etc' }, 'name'],
    [{ name: 'a/b' }, 'name'],
    [{ name: 'x'.repeat(64) }, 'name'],
    [{ name: '-begins' }, 'name'],
    [{ domain: '' }, 'domain'],
    [{ domain: 'a//b' }, 'domain'],
    [{ project: '' }, 'project'],
    [{ project: 'tab\there' }, 'project'],
    [{ preferredDomainName: 'no-dot' }, 'preferredDomainName'],
    [{ preferredDomainName: 'http://a.b' }, 'preferredDomainName'],
    [{ preferredDomainName: '*.b.c' }, 'preferredDomainName'],
    [{ tags: [' '] }, 'tags'],
    [{ desiredReplicaCount: -1 }, 'desiredReplicaCount'],
    [{ desiredReplicaCount: 1_000_000 }, 'desiredReplicaCount'],
    [{ deploymentStrategy: { type: 'ROLLING', config: { canaryPercentage: 10 } } }, 'deploymentStrategy.config.canaryPercentage'],
    [{ deploymentStrategy: { type: 'ROLLING', config: { maxSurge: 0, maxUnavailable: 0 } } }, 'deploymentStrategy.config.maxSurge'],
    [{ deploymentStrategy: { type: 'ROLLING', config: { maxSurge: -1 } } }, 'deploymentStrategy.config.maxSurge'],
    [{ deploymentStrategy: { type: 'ROLLING', config: { maxUnavailable: '101%' } } }, 'deploymentStrategy.config.maxUnavailable'],
    [{ deploymentStrategy: { type: 'CANARY', config: { canaryPercentage: 10, successThreshold: 95 } } }, 'deploymentStrategy.config.canaryDuration'],
    [{ deploymentStrategy: { type: 'CANARY', config: { canaryPercentage: 100, canaryDuration: '30m', successThreshold: 95 } } }, 'deploymentStrategy.config.canaryPercentage'],
    [{ deploymentStrategy: { type: 'BLUE_GREEN' } }, 'deploymentStrategy.config.autoPromotionEnabled'],
    [{ deploymentStrategy: { type: 'BLUE_GREEN', config: { autoPromotionEnabled: true, maxSurge: 1 } } }, 'deploymentStrategy.config.maxSurge'],
    [{ deploymentStrategy: { type: 'BLUE_GREEN', config: { autoPromotionEnabled: true, terminationWaitTime: -5 } } }, 'deploymentStrategy.config.terminationWaitTime'],
  ])('refuses %j, naming %s, with nothing half-done (X9)', async (changes, field) => {
    const before = await lab.written();
    const { code, problems } = await refused(changes);
    expect({ code, fields: problems.map((problem) => problem.field) }).toEqual({ code: 'INVALID_INPUT', fields: [field] });
    expect(await lab.written()).toBe(before);
  });

  it('writes nothing when the first revision is refused, and leaves the name free', async () => {
    const before = await lab.written();
    expect((await refused({ initialRevision: revisionInput({ modelVFolderConfig: { vfolderId: 'nowhere' } }) })).code).toBe('MODEL_FOLDER_NOT_FOUND');
    expect(await lab.written()).toBe(before);
    await create();
  });
});
