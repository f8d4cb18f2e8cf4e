import { CREATE, DELETE, deployed, deploymentInput, published, revisionInput, UPDATE } from '../testing/deployment-inputs.js';
import { openRegistryLab, type RegistryLab } from '../testing/registry-lab.js';
import { until } from '../testing/until.js';

let lab: RegistryLab;
beforeEach(async () => void (lab = await openRegistryLab()));
afterEach(() => lab[Symbol.asyncDispose]());

const create = (changes: Record<string, unknown> = {}) => lab.ask(CREATE, { input: deploymentInput(changes) });
const refused = (changes: Record<string, unknown>) => lab.refused(CREATE, { input: deploymentInput(changes) });
const gone = (id: string) =>
  until('the deployment is destroyed', async () => (await lab.ask('query ($id: ID!) { deployments(filter: { status: DESTROYED }) { id } deployment(id: $id) { endpointUrl } }', { id })).deployments.some((d: { id: string }) => d.id === id));

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

  it('takes the expert example of S1 as it stands (S1.96)', async () => {
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
    const head = await lab.log.head();
    const { code, problems } = await refused(changes);
    expect({ code, fields: problems.map((problem) => problem.field) }).toEqual({ code: 'INVALID_INPUT', fields: [field] });
    expect(await lab.log.head()).toBe(head);
  });

  it('writes nothing when the first revision is refused, and leaves the name free', async () => {
    const head = await lab.log.head();
    expect((await refused({ initialRevision: revisionInput({ modelVFolderConfig: { vfolderId: 'nowhere' } }) })).code).toBe('MODEL_FOLDER_NOT_FOUND');
    expect(await lab.log.head()).toBe(head);
    await create();
  });
});

describe('names', () => {
  it('are unique in a domain, and free in another (S1.10)', async () => {
    await create();
    expect(await refused({})).toMatchObject({ code: 'NAME_TAKEN', message: expect.stringContaining('"tiny"') });
    await create({ domain: 'other' });
  });

  it('go to one of many who want them at once', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => create()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('do not meet the host names: the domain "host" is one like any other', async () => {
    await create({ domain: 'host', name: 'a.b' });
    await create({ name: 'other', preferredDomainName: 'a.b' });
  });

  it('are unique for hosts over all domains, whatever their case; a refused one gives the name back', async () => {
    await create({ preferredDomainName: 'falcon.mycompany.ai' });
    expect((await refused({ name: 'second', domain: 'other', preferredDomainName: 'FALCON.mycompany.ai' })).code).toBe('HOST_NAME_TAKEN');
    await create({ name: 'second', domain: 'other' });
  });

  it('are free again after a renaming, a change of host and a deletion', async () => {
    const id = await deployed(lab, { preferredDomainName: 'a.example' });
    await lab.ask(UPDATE, { input: { id, name: 'moved', preferredDomainName: 'b.example' } });
    await until('the old name is free', () => create({ preferredDomainName: 'a.example' }).catch(() => null));
    expect((await refused({ name: 'moved' })).code).toBe('NAME_TAKEN');
    await lab.ask(DELETE, { id });
    await gone(id);
    await until('the last names are free', () => create({ name: 'moved', preferredDomainName: 'b.example' }).catch(() => null));
  });

  it('go back when the creation was cut short after they were reserved (S1.10)', async () => {
    lab.cut((streamId) => streamId.startsWith('revision-'));
    expect((await refused({ preferredDomainName: 'c.example' })).code).toBe('INTERNAL');
    lab.cut(null);
    expect((await refused({})).code).toBe('NAME_TAKEN');
    expect((await refused({ name: 'x', preferredDomainName: 'c.example' })).code).toBe('HOST_NAME_TAKEN');
    await lab.restart();
    lab.clock.advance(60_001);
    await until('the name is free', () => create({ preferredDomainName: 'c.example' }).catch(() => null));
  });

  it('stay reserved for a deployment that bears them, when the limit has passed', async () => {
    const id = await deployed(lab, { preferredDomainName: 'd.example' });
    await lab.ask(UPDATE, { input: { id, name: 'renamed' } });
    lab.clock.advance(60_001);
    await until('the first name is free', () => create().catch(() => null));
    expect((await refused({ name: 'renamed' })).code).toBe('NAME_TAKEN');
    expect((await refused({ name: 'x', preferredDomainName: 'd.example' })).code).toBe('HOST_NAME_TAKEN');
  });

  it('that were never taken up go back, when the renaming was refused', async () => {
    const id = await deployed(lab);
    const wrong = { input: { id, name: 'wanted', preferredDomainName: 'wanted.example', activeRevisionId: 'nothing' } };
    expect((await lab.refused(UPDATE, wrong)).code).toBe('REVISION_NOT_FOUND');
    await create({ name: 'wanted', preferredDomainName: 'wanted.example' });
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { name preferredDomainName } }', { id });
    expect(deployment).toEqual({ name: 'tiny', preferredDomainName: null });
  });

  it('that the deployment bears by now stay, when another renaming to them is refused', async () => {
    const id = await deployed(lab);
    const rename = { id, name: 'wanted', preferredDomainName: 'wanted.example' };
    await Promise.allSettled([
      lab.ask(UPDATE, { input: rename }),
      lab.ask(UPDATE, { input: { ...rename, activeRevisionId: 'nothing' } }),
      lab.ask(UPDATE, { input: { ...rename, activeRevisionId: 'nothing' } }),
    ]);
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { name } }', { id });
    expect(deployment.name).toBe('wanted');
    expect((await refused({ name: 'wanted' })).code).toBe('NAME_TAKEN');
    expect((await refused({ name: 'x', preferredDomainName: 'wanted.example' })).code).toBe('HOST_NAME_TAKEN');
  });
});

describe('changing a deployment', () => {
  it('changes what is given and nothing else (S1.47, S1.98, X10)', async () => {
    const id = await deployed(lab, { preferredDomainName: 'a.example', tags: ['a'] });
    const { updateModelDeployment } = await lab.ask(
      `mutation ($input: UpdateModelServingDeploymentInput!) { updateModelDeployment(input: $input) {
         deployment { id name openToPublic tags preferredDomainName deploymentStrategy { type config: configJSON } } } }`,
      { input: { id, openToPublic: true, tags: ['production', 'llm', 'updated'], deploymentStrategy: { type: 'BLUE_GREEN', config: { autoPromotionEnabled: true, terminationWaitTime: 300 } } } },
    );
    expect(updateModelDeployment.deployment).toEqual({
      id,
      name: 'tiny',
      openToPublic: true,
      tags: ['production', 'llm', 'updated'],
      preferredDomainName: 'a.example',
      deploymentStrategy: { type: 'BLUE_GREEN', config: '{"autoPromotionEnabled":true,"terminationWaitTime":300}' },
    });
  });

  it('takes the preferred domain name away with an empty text, and the tags with an empty list', async () => {
    const id = await deployed(lab, { preferredDomainName: 'a.example', tags: ['a'] });
    await lab.ask(UPDATE, { input: { id, preferredDomainName: '', tags: [] } });
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { preferredDomainName tags } }', { id });
    expect(deployment).toEqual({ preferredDomainName: null, tags: [] });
  });

  it('records nothing when nothing differs', async () => {
    const id = await deployed(lab);
    const head = await lab.log.head();
    await lab.ask(UPDATE, { input: { id, name: 'tiny', tags: ['e2e'], openToPublic: false, desiredReplicaCount: 1, deploymentStrategy: { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } } } });
    expect(await lab.log.head()).toBe(head);
  });

  it('changes all or nothing: with an unknown revision no setting changes either', async () => {
    const id = await deployed(lab);
    expect((await lab.refused(UPDATE, { input: { id, tags: ['changed'], activeRevisionId: 'constructor' } })).code).toBe('REVISION_NOT_FOUND');
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { tags } }', { id });
    expect(deployment.tags).toEqual(['e2e']);
  });

  it.each(['CANARY', 'BLUE_GREEN'])('refuses to roll out with %s, and says what to do', async (type) => {
    const config = type === 'CANARY' ? { canaryPercentage: 10, canaryDuration: '30m', successThreshold: 95 } : { autoPromotionEnabled: true };
    const id = await deployed(lab, { deploymentStrategy: { type, config } });
    const second = await published(lab, id);
    expect(await lab.refused(UPDATE, { input: { id, activeRevisionId: second } })).toMatchObject({ code: 'STRATEGY_NOT_AVAILABLE', message: expect.stringContaining('ROLLING') });
    await lab.ask(UPDATE, { input: { id, activeRevisionId: second, deploymentStrategy: { type: 'ROLLING' } } });
    await lab.settled(id);
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { revision { id } } }', { id });
    expect(deployment.revision.id).toBe(second);
  });

  it('keeps the active revision when the new one does not come up', async () => {
    const id = await deployed(lab);
    const second = await published(lab, id);
    lab.broken.add(second);
    await lab.ask(UPDATE, { input: { id, activeRevisionId: second } });
    await lab.settled(id);
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { revision { name } revisionHistory { id } } }', { id });
    expect(deployment).toEqual({ revision: { name: 'first' }, revisionHistory: [] });
  });

  it('takes conflicting changes at once: each is whole, or refused as such', async () => {
    const id = await deployed(lab);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, index) => lab.ask(UPDATE, { input: { id, tags: [`t${index}`], openToPublic: index % 2 === 0, desiredReplicaCount: index } })),
    );
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    for (const { reason } of failed) expect(String(reason)).toContain('CONTENTION');
    expect(failed.length).toBeLessThan(outcomes.length);
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { tags openToPublic } }', { id });
    const last = Number(/^t(\d+)$/.exec(deployment.tags[0])?.[1]);
    expect(deployment).toEqual({ tags: [`t${last}`], openToPublic: last % 2 === 0 });
  });

  it.each(['nothing', 'nul\0', 'x'.repeat(3000), '../..', ''])('refuses every change of what does not exist: %.20j', async (id) => {
    for (const [query, variables] of [
      [UPDATE, { input: { id, tags: [] } }],
      [DELETE, { id }],
      ['mutation ($id: ID!) { rollbackModelDeployment(id: $id, toRevisionId: "r") { deployment { id } } }', { id }],
      ['mutation ($id: ID!) { createAccessToken(input: { deploymentId: $id }) { accessToken { id } } }', { id }],
      ['mutation ($id: ID!) { deleteAccessToken(input: { deploymentId: $id, id: "t" }) { deletedId } }', { id }],
    ] as const)
      expect((await lab.refused(query, variables)).code).toBe('DEPLOYMENT_NOT_FOUND');
  });
});

describe('deleting a deployment', () => {
  it('ends it, and nothing changes it afterwards (S1.48, S1.100)', async () => {
    const id = await deployed(lab);
    const second = await published(lab, id);
    expect(await lab.ask(DELETE, { id })).toEqual({ deleteModelServingDeployment: id });
    await gone(id);
    expect((await lab.ask('{ deployments { id } }')).deployments).toEqual([]);
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { name endpointUrl revisions { id } } }', { id });
    expect(deployment).toMatchObject({ name: 'tiny', endpointUrl: null, revisions: [{ id: second }, {}] });
    const refusals = [
      await lab.refused(UPDATE, { input: { id, tags: [] } }),
      await lab.refused('mutation ($id: ID!, $r: ID!) { rollbackModelDeployment(id: $id, toRevisionId: $r) { deployment { id } } }', { id, r: second }),
      await lab.refused('mutation ($id: ID!) { createAccessToken(input: { deploymentId: $id }) { accessToken { id } } }', { id }),
    ];
    expect(refusals.map(({ code }) => code)).toEqual(['DEPLOYMENT_GONE', 'DEPLOYMENT_GONE', 'DEPLOYMENT_GONE']);
  });

  it('may be asked for again', async () => {
    const id = await deployed(lab);
    await lab.ask(DELETE, { id });
    expect(await lab.ask(DELETE, { id })).toEqual({ deleteModelServingDeployment: id });
    await gone(id);
    expect(await lab.ask(DELETE, { id })).toEqual({ deleteModelServingDeployment: id });
  });
});
