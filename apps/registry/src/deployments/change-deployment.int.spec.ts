import { DELETE, deployed, published, UPDATE } from '../testing/deployment-inputs.js';
import { openRegistryLab, type RegistryLab } from '../testing/registry-lab.js';
import { until } from '../testing/until.js';

let lab: RegistryLab;
beforeEach(async () => void (lab = await openRegistryLab()));
afterEach(() => lab[Symbol.asyncDispose]());

const gone = (id: string) =>
  until('the deployment is destroyed', async () => (await lab.ask('{ deployments(filter: { status: DESTROYED }) { id } }')).deployments.some((deployment: { id: string }) => deployment.id === id));

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

  it('takes every setting at once, and one replica where nobody said how many (X10)', async () => {
    const id = await deployed(lab);
    const activeRevisionId = await published(lab, id, { name: 'next' });
    const strategy = { type: 'ROLLING', config: { maxSurge: 2, maxUnavailable: 0 } };
    await lab.ask(UPDATE, {
      input: { id, name: 'renamed', openToPublic: true, tags: [], preferredDomainName: 'b.example', deploymentStrategy: strategy, activeRevisionId, desiredReplicaCount: 3 },
    });
    await lab.settled(id);
    const { deployment } = await lab.ask(
      'query ($id: ID!) { deployment(id: $id) { name openToPublic tags preferredDomainName deploymentStrategy { type config: configJSON } revision { name } } }',
      { id },
    );
    expect(deployment).toEqual({
      name: 'renamed', openToPublic: true, tags: [], preferredDomainName: 'b.example', revision: { name: 'next' },
      deploymentStrategy: { type: 'ROLLING', config: JSON.stringify(strategy.config) },
    });
    const recorded = await Array.fromAsync(lab.log.readAll({ filter: { types: ['DeploymentCreated', 'ReplicasDesired'] } }));
    expect(recorded.map(({ data }) => (data as { desiredReplicaCount: number }).desiredReplicaCount)).toEqual([1, 3]);
  });

  it('takes the preferred domain name away with an empty text, and the tags with an empty list', async () => {
    const id = await deployed(lab, { preferredDomainName: 'a.example', tags: ['a'] });
    await lab.ask(UPDATE, { input: { id, preferredDomainName: '', tags: [] } });
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { preferredDomainName tags } }', { id });
    expect(deployment).toEqual({ preferredDomainName: null, tags: [] });
  });

  it('records nothing when nothing differs', async () => {
    const id = await deployed(lab);
    const before = await lab.written();
    await lab.ask(UPDATE, { input: { id, name: 'tiny', tags: ['e2e'], openToPublic: false, desiredReplicaCount: 1, deploymentStrategy: { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } } } });
    expect(await lab.written()).toBe(before);
  });

  it('changes all or nothing: with an unknown revision no setting changes either', async () => {
    const id = await deployed(lab);
    expect((await lab.refused(UPDATE, { input: { id, tags: ['changed'], activeRevisionId: 'constructor' } })).code).toBe('REVISION_NOT_FOUND');
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { tags } }', { id });
    expect(deployment.tags).toEqual(['e2e']);
  });

  it('keeps what is to keep requests with their revision', async () => {
    const id = await deployed(lab);
    const stickiness = async () => (await lab.ask('query ($id: ID!) { deployment(id: $id) { stickiness } }', { id })).deployment.stickiness;
    expect(await stickiness()).toBe('SESSION');
    await lab.ask(UPDATE, { input: { id, stickiness: 'TOKEN' } });
    expect(await stickiness()).toBe('TOKEN');
  });

  it('shows a list of steps as it was given, and its triple as null', async () => {
    const steps = [{ setMirror: 10 }, { setWeight: 20 }, { pause: { duration: '60s' } }, { pause: {} }];
    const id = await deployed(lab, { deploymentStrategy: { type: 'CANARY', config: { steps, terminationWaitTime: 60 } } });
    const { deployment } = await lab.ask(
      'query ($id: ID!) { deployment(id: $id) { deploymentStrategy { config { ... on CanaryConfig { canaryPercentage steps terminationWaitTime } } configJSON } } }',
      { id },
    );
    expect(deployment.deploymentStrategy.config).toEqual({ canaryPercentage: null, steps: JSON.stringify(steps), terminationWaitTime: 60 });
    expect(JSON.parse(deployment.deploymentStrategy.configJSON)).toEqual({ steps, terminationWaitTime: 60 });
  });

  it('takes a reason for an activation, and for nothing else', async () => {
    const id = await deployed(lab);
    expect(await lab.refused(UPDATE, { input: { id, tags: ['x'], reason: 'because' } })).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('reason is kept with an activation') });
    await lab.ask(UPDATE, { input: { id, activeRevisionId: await published(lab, id), reason: 'because' } });
    const requested = await Array.fromAsync(lab.log.readAll({ filter: { types: ['RevisionActivationRequested'] } }));
    expect(requested.at(-1)?.data).toMatchObject({ cause: { kind: 'activate', reason: 'because' } });
  });

  it('tries nothing again that has not failed', async () => {
    const id = await deployed(lab);
    const retry = 'mutation ($id: ID!) { retryRollout(input: { deploymentId: $id, rolloutId: "nobody" }) { deployment { id } } }';
    expect(await lab.refused(retry, { id })).toMatchObject({ code: 'NOTHING_TO_RETRY' });
  });

  it.each(['CANARY', 'BLUE_GREEN'])('asks for a rollout with %s as for any other', async (type) => {
    const config = type === 'CANARY' ? { canaryPercentage: 10, canaryDuration: '30m', successThreshold: 95 } : { autoPromotionEnabled: true };
    const id = await deployed(lab, { deploymentStrategy: { type, config } });
    const second = await published(lab, id);
    await lab.ask(UPDATE, { input: { id, activeRevisionId: second } });
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

  it.each([['a made-up id', 'nothing'], ['a NUL', 'nul\0'], ['a long text', 'x'.repeat(3000)], ['a path', '../..'], ['nothing', '']])('refuses every change of what does not exist: %s', async (_what, id) => {
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
  it('ends it, and nothing changes it afterwards (S1.11, S1.48, S1.100)', async () => {
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

  it('answers with an object where one is selected from (S1.100, X1)', async () => {
    const id = await deployed(lab);
    const answer = await lab.ask('mutation ($id: ID!) { deleteModelServingDeploymentPayload(id: $id) { deletedId } }', { id });
    expect(answer).toEqual({ deleteModelServingDeploymentPayload: { deletedId: id } });
    await gone(id);
  });

  it('may be asked for again', async () => {
    const id = await deployed(lab);
    await lab.ask(DELETE, { id });
    expect(await lab.ask(DELETE, { id })).toEqual({ deleteModelServingDeployment: id });
    await gone(id);
    expect(await lab.ask(DELETE, { id })).toEqual({ deleteModelServingDeployment: id });
  });
});
