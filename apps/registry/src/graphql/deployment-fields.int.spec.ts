import { buildClientSchema, getIntrospectionQuery, isObjectType, printType, type IntrospectionQuery } from 'graphql';
import { activated, CREATE, deployed, deploymentInput, published, UPDATE } from '../testing/deployment-inputs.js';
import { openRegistryLab, START_MS, type RegistryLab } from '../testing/registry-lab.js';

let lab: RegistryLab;
beforeAll(async () => void (lab = await openRegistryLab()));
afterAll(() => lab[Symbol.asyncDispose]());

const one = async (id: string, fields: string) =>
  (await lab.ask(`query ($id: ID!) { deployment(id: $id) { ${fields} } }`, { id })).deployment;

describe('the fields of ModelDeployment', () => {
  it('answers its identity and its settings (S1.9, S1.10, S1.11, S1.12, S1.14, S1.15)', async () => {
    const id = await deployed(lab, { name: 'fields', preferredDomainName: 'Fields.MyCompany.ai', tags: ['production', 'llm'], openToPublic: true });
    expect(await one(id, 'id name endpointUrl preferredDomainName openToPublic tags')).toEqual({
      id,
      name: 'fields',
      endpointUrl: 'http://127.0.0.1:8000/v1',
      preferredDomainName: 'fields.mycompany.ai',
      openToPublic: true,
      tags: ['production', 'llm'],
    });
  });

  it('answers whom it belongs to (S1.5, S1.23, S1.24, S1.25)', async () => {
    const { createModelDeployment } = await lab.ask(CREATE, { input: deploymentInput({ name: 'owned', project: 'ml-team-project-id' }) }, { actor: 'kim@lablup.com' });
    expect(await one(createModelDeployment.deployment.id, 'domain { name } project { id name } createdUser { email } resourceGroup { name }')).toEqual({
      domain: { name: 'default' },
      project: { id: 'ml-team-project-id', name: 'ml-team-project-id' },
      createdUser: { email: 'kim@lablup.com' },
      resourceGroup: { name: 'default' },
    });
  });

  it.each([
    ['ROLLING', { maxSurge: 1, maxUnavailable: '25%' }, 'RollingConfig', { maxSurge: 1, maxUnavailable: '25%' }],
    ['BLUE_GREEN', { autoPromotionEnabled: true, terminationWaitTime: 300 }, 'BlueGreenConfig', { autoPromotionEnabled: true, terminationWaitTime: 300 }],
    ['CANARY', { canaryPercentage: 10, canaryDuration: '30m', successThreshold: 95 }, 'CanaryConfig', { canaryPercentage: 10, canaryDuration: '30m', successThreshold: 95 }],
  ])('stores strategy %s and answers it as the union and as JSON (S1.3, S1.19, S1.20, S1.33, S1.34, S1.35, S1.88, S1.89, S1.90)', async (type, config, typeName, answered) => {
    const id = await deployed(lab, { name: `strategy-${type.toLowerCase().replace('_', '-')}`, deploymentStrategy: { type, config } });
    const { deploymentStrategy } = await one(
      id,
      `deploymentStrategy { type configJSON config { __typename
         ... on RollingConfig { maxSurge maxUnavailable }
         ... on BlueGreenConfig { autoPromotionEnabled terminationWaitTime }
         ... on CanaryConfig { canaryPercentage canaryDuration successThreshold } } }`,
    );
    expect(deploymentStrategy.type).toBe(type);
    expect(deploymentStrategy.config).toEqual({ __typename: typeName, ...answered });
    expect(JSON.parse(deploymentStrategy.configJSON)).toEqual(answered);
  });

  it('has no active revision until its rollout is over (S1.21)', async () => {
    await using quiet = await openRegistryLab({ withFleet: false });
    const { createModelDeployment } = await quiet.ask(CREATE, { input: deploymentInput() });
    expect(createModelDeployment.deployment).toMatchObject({ revision: null, deployingRevision: { id: expect.any(String) } });
  });

  it('answers the active revision, those that were active before and all there are (S1.1, S1.2, S1.21, S1.22, S1.26, X8)', async () => {
    const id = await deployed(lab, { name: 'revisions' });
    const first = (await one(id, 'revision { id }')).revision.id as string;
    const second = await published(lab, id, { name: 'second' });
    const third = await published(lab, id, { name: 'third' });
    await activated(lab, id, second);
    await activated(lab, id, third);
    const seen = await one(id, 'revision { id status } revisionHistory { id status } revisions { id name revisionNumber status }');
    expect(seen.revision).toEqual({ id: third, status: 'ACTIVE' });
    expect(seen.revisionHistory).toEqual([second, first].map((revisionId) => ({ id: revisionId, status: 'INACTIVE' })));
    expect(seen.revisions).toEqual([
      { id: third, name: 'third', revisionNumber: 3, status: 'ACTIVE' },
      { id: second, name: 'second', revisionNumber: 2, status: 'INACTIVE' },
      { id: first, name: 'first', revisionNumber: 1, status: 'INACTIVE' },
    ]);
  });

  it('shows the cluster of the active revision, else of the newest (X5)', async () => {
    await using quiet = await openRegistryLab({ withFleet: false });
    const created = await quiet.ask(CREATE, { input: deploymentInput({ clusterConfig: { mode: 'MULTI_NODE', size: 3 } }) });
    const cluster = async (of: RegistryLab, id: string) => (await of.ask('query ($id: ID!) { deployment(id: $id) { clusterConfig { mode size } } }', { id })).deployment.clusterConfig;
    const { id } = created.createModelDeployment.deployment;
    expect(await cluster(quiet, id)).toEqual({ mode: 'MULTI_NODE', size: 3 });
    await published(quiet, id, { clusterConfig: { mode: 'MULTI_NODE', size: 2 } });
    expect(await cluster(quiet, id)).toEqual({ mode: 'MULTI_NODE', size: 2 });

    const active = await deployed(lab, { name: 'cluster' });
    const newest = await published(lab, active, { clusterConfig: { mode: 'MULTI_NODE', size: 2 } });
    expect(await cluster(lab, active)).toEqual({ mode: 'SINGLE_NODE', size: 1 });
    await activated(lab, active, newest);
    expect(await cluster(lab, active)).toEqual({ mode: 'MULTI_NODE', size: 2 });
  });

  it('tells when it was made and last changed (S1.28, S1.29)', async () => {
    const id = await deployed(lab, { name: 'times' });
    const { createdAt } = await one(id, 'createdAt');
    expect(Date.parse(createdAt)).toBeGreaterThanOrEqual(START_MS);
    lab.clock.advance(5000);
    await lab.ask(UPDATE, { input: { id, tags: ['later'] } });
    const after = await one(id, 'createdAt updatedAt');
    expect(after.createdAt).toBe(createdAt);
    expect(Date.parse(after.updatedAt) - Date.parse(createdAt)).toBe(5000);
  });

  it('pages through the history with stable cursors, in either order (S1.92)', async () => {
    const id = await deployed(lab, { name: 'history' });
    const ids = [(await one(id, 'revision { id }')).revision.id as string];
    for (const name of ['b', 'c', 'd']) {
      lab.clock.advance(1000);
      ids.push(await published(lab, id, { name }));
      await activated(lab, id, ids.at(-1) ?? '');
    }
    const page = async (given: string) =>
      (await one(id, `revisionHistoryConnection(${given}) { edges { node { id } cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`)).revisionHistoryConnection;
    const newest = await page('first: 2, orderBy: { field: CREATED_AT, direction: DESC }');
    expect(newest.edges.map((edge: { node: { id: string } }) => edge.node.id)).toEqual([ids[2], ids[1]]);
    expect(newest.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false, endCursor: newest.edges[1].cursor });
    const rest = await page(`first: 2, after: "${newest.pageInfo.endCursor}", orderBy: { field: CREATED_AT, direction: DESC }`);
    expect(rest.edges.map((edge: { node: { id: string } }) => edge.node.id)).toEqual([ids[0]]);
    expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const oldest = await page('orderBy: { field: REVISION_NUMBER, direction: ASC }');
    expect(oldest.edges.map((edge: { node: { id: string } }) => edge.node.id)).toEqual(ids.slice(0, 3));
    expect((await page('first: 0')).edges).toEqual([]);
    expect((await lab.refused(`query ($id: ID!) { deployment(id: $id) { revisionHistoryConnection(first: 100000) { edges { cursor } } } }`, { id })).problems[0]?.field).toBe('first');
  });

  it('pages through its revisions after an id, as the list of all revisions does', async () => {
    const id = await deployed(lab, { name: 'revision-pages' });
    const second = await published(lab, id, { name: 'b' });
    const all = (await one(id, 'revisions { id }')).revisions as { id: string }[];
    expect((await one(id, 'revisions(first: 1) { id }')).revisions).toEqual([{ id: second }]);
    expect((await one(id, `revisions(first: 5, after: "${second}") { id }`)).revisions).toEqual(all.slice(1));
  });

  it('is null for what does not exist, whatever the id (S1.40, S1.50)', async () => {
    for (const id of ['nothing', '../../etc/passwd', 'constructor', '%', 'x'.repeat(5000), 'nul\0', '']) {
      expect((await lab.ask('query ($id: ID!) { deployment(id: $id) { id } revision(id: $id) { id } }', { id }))).toEqual({ deployment: null, revision: null });
      expect((await lab.ask('query ($id: ID!) { deployment(id: $id, asOf: "2026-11-20T12:00:00.000Z") { id } }', { id }))).toEqual({ deployment: null });
    }
  });

  it('is found by the other subgraphs, now and at a past instant', async () => {
    const id = await deployed(lab, { name: 'entity' });
    const at = new Date(lab.clock.nowMs()).toISOString();
    lab.clock.advance(1000);
    await lab.ask(UPDATE, { input: { id, name: 'entity-renamed' } });
    const representations = [{ __typename: 'ModelDeployment', id, instant: 'now' }, { __typename: 'ModelDeployment', id, instant: at }];
    const { _entities } = await lab.ask('query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on ModelDeployment { name instant } } }', { representations });
    expect(_entities).toEqual([{ name: 'entity-renamed', instant: 'now' }, { name: 'entity', instant: at }]);
  });
});

describe('the schema', () => {
  it('has the nullability of S1 in every field of its types (S1.36, S1.82, S1.74, S1.76, S1.77, S1.78, S1.79, S1.81)', async () => {
    const schema = buildClientSchema((await lab.ask(getIntrospectionQuery())) as IntrospectionQuery);
    const fieldOf = (typeName: string) => {
      const type = schema.getType(typeName);
      if (!isObjectType(type)) throw new Error(`${typeName} is no object type`);
      return Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, String(field.type)]));
    };
    const promised: Record<string, Record<string, string>> = {
      ModelDeployment: {
        id: 'ID!', name: 'String!', endpointUrl: 'String', preferredDomainName: 'String', openToPublic: 'Boolean!', tags: '[String!]!',
        revision: 'ModelRevision', revisionHistory: '[ModelRevision!]!', deploymentStrategy: 'DeploymentStrategy!', domain: 'Domain!', project: 'Project!',
        createdUser: 'User!', resourceGroup: 'ResourceGroup!', accessTokens: '[AccessToken!]!', createdAt: 'DateTime!', updatedAt: 'DateTime!',
      },
      DeploymentStrategy: { type: 'DeploymentStrategyType!', config: 'StrategyConfig' },
      ModelRevision: {
        id: 'ID!', name: 'String', tags: '[String!]!', status: 'RevisionStatus!', clusterConfig: 'ClusterConfig!', resourceConfig: 'ResourceConfig!',
        modelRuntimeConfig: 'ModelRuntimeConfig!', modelVFolderConfig: 'ModelVFolderConfig!', mounts: '[Mount!]!', image: 'Image!', createdAt: 'DateTime!',
      },
      Mount: { vfolderId: 'ID!', destination: 'String!', type: 'MountType!', permission: 'MountPermission!' },
      ModelVFolderConfig: { vfolder: 'VirtualFolderNode!', mountDestination: 'String!', definitionPath: 'String!' },
      ResourceSlots: { cpu: 'Int!', mem: 'String!', extra: 'JSONString' },
      ResourceOpts: { shmem: 'String', extra: 'JSONString' },
      ResourceConfig: { resourceGroup: 'ResourceGroup!', resourceSlots: 'ResourceSlots!', resourceOpts: 'ResourceOpts' },
      ClusterConfig: { mode: 'ClusterMode!', size: 'Int!' },
      ModelRuntimeConfig: { runtimeVariant: 'String!', serviceConfig: 'ServiceConfig', environ: 'JSONString' },
    };
    for (const [typeName, fields] of Object.entries(promised)) expect({ typeName, ...fieldOf(typeName) }).toMatchObject({ typeName, ...fields });
  });

  it.each([
    ['DeploymentStrategyType', 'ROLLING BLUE_GREEN CANARY', 'S1.33'],
    ['ClusterMode', 'SINGLE_NODE MULTI_NODE', 'S1.72'],
    ['MountPermission', 'READ_ONLY READ_WRITE', 'S1.73'],
    ['OrderDirection', 'ASC DESC', 'S1.85'],
    ['RevisionStatus', 'ACTIVE INACTIVE', 'S1.55'],
    ['DeploymentStatus', 'INACTIVE ACTIVE HIBERNATED PROVISIONING UPDATING FAILED DESTROYING DESTROYED', 'S1.13, X2'],
  ])('has enum %s with exactly %s (%s)', async (name, values) => {
    const { __type } = await lab.ask('query ($name: String!) { __type(name: $name) { enumValues { name } } }', { name });
    expect(__type.enumValues.map((value: { name: string }) => value.name).join(' ')).toBe(values);
  });

  it('has the unions of S1.34 and S1.80', async () => {
    const schema = buildClientSchema((await lab.ask(getIntrospectionQuery())) as IntrospectionQuery);
    const printed = ['StrategyConfig', 'ServiceConfig'].map((name) => printType(schema.getType(name) as never));
    expect(printed).toEqual([
      'union StrategyConfig = RollingConfig | BlueGreenConfig | CanaryConfig',
      'union ServiceConfig = VLLMServiceConfig | SGLANGServiceConfig | NVIDIAServiceConfig | MOJOServiceConfig | CustomServiceConfig',
    ]);
  });

});
