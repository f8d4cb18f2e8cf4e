import { CREATE, CREATE_REVISION, deployed, deploymentInput, published, revisionInput, UPDATE } from './testing/deployment-inputs.js';
import { openRegistryLab, type RegistryLab } from './testing/registry-lab.js';
import { rmSync } from 'node:fs';
import path from 'node:path';

const CREATE_TOKEN = 'mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { accessToken { id token } } }';
const DELETE_TOKEN = 'mutation ($input: DeleteAccessTokenInput!) { deleteAccessToken(input: $input) { deletedId } }';

let lab: RegistryLab;
beforeEach(async () => void (lab = await openRegistryLab()));
afterEach(() => lab[Symbol.asyncDispose]());

const countOf = async (type: string) => (await Array.fromAsync(lab.log.readAll({ filter: { types: [type] } }))).length;
const same = { idempotencyKey: 'the-key' };

describe('a request repeated under one idempotency key', () => {
  it('creates one deployment and answers the same', async () => {
    const first = await lab.ask(CREATE, { input: deploymentInput() }, same);
    await lab.settled(first.createModelDeployment.deployment.id);
    lab.clock.advance(60_000);
    const again = await lab.ask(CREATE, { input: deploymentInput() }, same);
    expect(again.createModelDeployment.deployment.id).toBe(first.createModelDeployment.deployment.id);
    expect(await countOf('DeploymentCreated')).toBe(1);
    expect(await countOf('RevisionCreated')).toBe(1);
    expect(await countOf('NameReserved')).toBe(1);
  });

  it('creates one deployment of many at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => lab.ask(CREATE, { input: deploymentInput() }, same)));
    expect(new Set(answers.map(({ createModelDeployment }) => createModelDeployment.deployment.id)).size).toBe(1);
    expect(await countOf('DeploymentCreated')).toBe(1);
  });

  it('answers the same after the deployment was renamed and its model folder is gone', async () => {
    const input = deploymentInput({ initialRevision: revisionInput({ modelVFolderConfig: { vfolderId: 'tiny' } }) });
    const first = await lab.ask(CREATE, { input }, same);
    const { id } = first.createModelDeployment.deployment;
    await lab.settled(id);
    await lab.ask(UPDATE, { input: { id, name: 'renamed' } });
    rmSync(path.join(lab.modelRoot, 'tiny'), { recursive: true });
    const again = await lab.ask(CREATE, { input }, same);
    expect(again.createModelDeployment.deployment).toMatchObject({ id, name: 'renamed' });
    expect(await countOf('DeploymentCreated')).toBe(1);
  });

  it('goes on where a crash cut it short', async () => {
    for (const stream of ['name-', 'revision-', 'deployment-']) {
      const key = { idempotencyKey: `cut-before-${stream}` };
      lab.cut((streamId) => streamId.startsWith(stream));
      expect((await lab.refused(CREATE, { input: deploymentInput({ name: `after-${stream}x` }) }, key)).code).toBe('INTERNAL');
      lab.cut(null);
      const { createModelDeployment } = await lab.ask(CREATE, { input: deploymentInput({ name: `after-${stream}x` }) }, key);
      expect(createModelDeployment.deployment.name).toBe(`after-${stream}x`);
    }
    expect(await countOf('DeploymentCreated')).toBe(3);
  });

  it('refuses another deployment under the key, and takes no name for it', async () => {
    await lab.ask(CREATE, { input: deploymentInput() }, same);
    expect(await lab.refused(CREATE, { input: deploymentInput({ name: 'another' }) }, same)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    await lab.ask(CREATE, { input: deploymentInput({ name: 'another' }) });
  });

  it('publishes one revision and answers the same', async () => {
    const id = await deployed(lab);
    const input = { deploymentId: id, ...revisionInput({ name: 'second' }) };
    const first = await lab.ask(CREATE_REVISION, { input }, same);
    await published(lab, id);
    const again = await lab.ask(CREATE_REVISION, { input }, same);
    expect(again).toEqual(first);
    expect(await countOf('RevisionCreated')).toBe(3);
  });

  it('keeps two deployments apart, for revisions, tokens and activations', async () => {
    const [one, two] = [await deployed(lab, { name: 'one' }), await deployed(lab, { name: 'two' })];
    const revisions = [];
    const tokens = [];
    for (const deploymentId of [one, two]) {
      revisions.push((await lab.ask(CREATE_REVISION, { input: { deploymentId, ...revisionInput({ name: 'b' }) } }, same)).createModelRevision.revision.id);
      tokens.push((await lab.ask(CREATE_TOKEN, { input: { deploymentId } }, same)).createAccessToken.accessToken);
    }
    expect(revisions[0]).not.toBe(revisions[1]);
    expect(tokens[0].id).not.toBe(tokens[1].id);
    expect(tokens[0].token).not.toBe(tokens[1].token);
    for (const [index, id] of [one, two].entries()) {
      await lab.ask(UPDATE, { input: { id, activeRevisionId: revisions[index] } }, same);
      await lab.settled(id);
      const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { revision { id } accessTokens { id } } }', { id });
      expect(deployment).toEqual({ revision: { id: revisions[index] }, accessTokens: [{ id: tokens[index].id }] });
    }
  });

  it('makes one token and shows the same again (S1.27)', async () => {
    const deploymentId = await deployed(lab);
    const first = await lab.ask(CREATE_TOKEN, { input: { deploymentId, name: 'ci' } }, same);
    const again = await lab.ask(CREATE_TOKEN, { input: { deploymentId, name: 'ci' } }, same);
    expect(again).toEqual(first);
    expect(await countOf('AccessTokenCreated')).toBe(1);
  });

  it('says so when the token it made has been deleted since', async () => {
    const deploymentId = await deployed(lab);
    const { createAccessToken } = await lab.ask(CREATE_TOKEN, { input: { deploymentId } }, same);
    await lab.ask(DELETE_TOKEN, { input: { deploymentId, id: createAccessToken.accessToken.id } });
    expect((await lab.refused(CREATE_TOKEN, { input: { deploymentId } }, same)).code).toBe('TOKEN_NOT_FOUND');
  });

  it('activates once: going back in between stays as it is', async () => {
    const id = await deployed(lab);
    const second = await published(lab, id);
    await lab.ask(UPDATE, { input: { id, activeRevisionId: second } }, same);
    await lab.settled(id);
    await lab.ask('mutation ($id: ID!, $to: ID) { rollbackModelDeployment(id: $id, toRevisionId: $to) { deployment { id } } }', {
      id,
      to: (await lab.ask('query ($id: ID!) { deployment(id: $id) { revisionHistory { id } } }', { id })).deployment.revisionHistory[0].id,
    });
    await lab.settled(id);
    await lab.ask(UPDATE, { input: { id, activeRevisionId: second } }, same);
    await lab.settled(id);
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { revision { name } } }', { id });
    expect(deployment.revision.name).toBe('first');
    expect(await countOf('RevisionActivationRequested')).toBe(3);
  });

  it('publishes and activates once', async () => {
    const id = await deployed(lab);
    const input = { deploymentId: id, ...revisionInput({ name: 'second' }), autoActivate: true };
    const first = await lab.ask(CREATE_REVISION, { input }, same);
    await lab.settled(id);
    expect(await lab.ask(CREATE_REVISION, { input }, same)).toMatchObject({ createModelRevision: { revision: { id: first.createModelRevision.revision.id } } });
    await lab.settled(id);
    expect(await countOf('RevisionActivationRequested')).toBe(2);
  });

  it('keeps two mutations of one document apart', async () => {
    const id = await deployed(lab);
    const document = `mutation ($input: CreateModelRevisionInput!) { a: createModelRevision(input: $input) { revision { id } } b: createModelRevision(input: $input) { revision { id } } }`;
    const input = { deploymentId: id, ...revisionInput() };
    const first = await lab.ask(document, { input }, same);
    expect(first.a.revision.id).not.toBe(first.b.revision.id);
    expect(await lab.ask(document, { input }, same)).toEqual(first);
  });
});
