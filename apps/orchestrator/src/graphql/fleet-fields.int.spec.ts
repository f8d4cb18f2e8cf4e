import { buildClientSchema, getIntrospectionQuery, isObjectType, type IntrospectionQuery } from 'graphql';
import { openOrchestratorLab, type OrchestratorLab } from '../testing/orchestrator-lab.js';
import { until } from '../testing/until.js';

let lab: OrchestratorLab;
beforeEach(async () => void (lab = await openOrchestratorLab()));
afterEach(() => lab[Symbol.asyncDispose]());

const entity = async (id: string, fields: string, instant = 'now') =>
  (await lab.ask(`query ($r: [_Any!]!) { _entities(representations: $r) { ... on ModelDeployment { ${fields} } } }`, { r: [{ __typename: 'ModelDeployment', id, instant }] }))._entities[0];

describe('replica management', () => {
  it('answers the desired count, the replicas, their routings and the scaling rules (S1.6, S1.16, S1.17, S1.18, S1.31, X8)', async () => {
    const { id, revisionId } = await lab.registry.create();
    await lab.atRest(id, 'ACTIVE', 2);
    const { replicaManagement } = await entity(
      id,
      `replicaManagement { desiredReplicaCount readyReplicaCount routings { id status trafficPercent }
         replicas { id name status attempt createdAt updatedAt revision { id } routings(first: 10) { edges { node { id status trafficPercent } cursor } pageInfo { hasNextPage hasPreviousPage endCursor } } } }`,
    );
    expect(replicaManagement).toMatchObject({ desiredReplicaCount: 2, readyReplicaCount: 2 });
    const [first, second] = replicaManagement.replicas;
    expect(first).toMatchObject({ id: `${id}-0`, name: 'tiny-0', status: 'RUNNING', attempt: 1, revision: { id: revisionId } });
    expect(second).toMatchObject({ id: `${id}-1`, name: 'tiny-1' });
    expect(Date.parse(first.updatedAt)).toBeGreaterThanOrEqual(Date.parse(first.createdAt));
    expect(first.routings.edges).toEqual([{ node: { id: first.id, status: 'ACTIVE', trafficPercent: 50 }, cursor: expect.any(String) }]);
    expect(first.routings.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: false, endCursor: first.routings.edges[0].cursor });
    expect(replicaManagement.routings).toEqual([first, second].map(({ id: routing }) => ({ id: routing, status: 'ACTIVE', trafficPercent: 50 })));
  });

  it('says which replicas take requests while one starts and one leaves', async () => {
    const { id } = await lab.registry.create();
    const seen = await lab.atRest(id, 'ACTIVE', 2);
    lab.health.everyone = 503;
    for (const { id: replicaId } of seen.replicaManagement.replicas) lab.health.answers.set(replicaId, 200);
    await lab.registry.change(id, { desiredReplicaCount: 3 });
    const routings = async () => (await entity(id, 'replicaManagement { routings { status trafficPercent } }')).replicaManagement.routings as { status: string; trafficPercent: number }[];
    await until('a third starts', async () => (await routings()).length === 3);
    expect((await routings()).map(({ status, trafficPercent }) => `${status} ${trafficPercent}`)).toEqual(['ACTIVE 50', 'ACTIVE 50', 'PROVISIONING 0']);
    lab.proxyFollows = false;
    await lab.registry.change(id, { desiredReplicaCount: 1 });
    await until('all but the first are leaving', async () => {
      const [, ...others] = (await lab.look(id)).replicaManagement.replicas;
      return others.length > 0 && others.every(({ status }) => status === 'DRAINING');
    });
    const [kept, ...leaving] = await routings();
    expect(kept).toEqual({ status: 'ACTIVE', trafficPercent: 100 });
    for (const routing of leaving) expect(routing).toEqual({ status: 'INACTIVE', trafficPercent: 0 });
  });

  it('answers as it was at a past instant', async () => {
    const { id, revisionId } = await lab.registry.create({ desiredReplicaCount: 1 });
    await lab.atRest(id, 'ACTIVE', 1);
    const then = new Date(Date.now()).toISOString();
    lab.jump(60_000);
    const second = await lab.registry.publish(id);
    await lab.registry.change(id, { desiredReplicaCount: 2 });
    await lab.registry.activate(id, second);
    await until('the second revision serves', async () => (await lab.look(id)).traffic[0]?.revision.id === second);
    await lab.atRest(id, 'ACTIVE', 2);
    const fields = 'instant status traffic { revision { id } weightPercent } rollout { id } replicaManagement { desiredReplicaCount replicas { id status revision { id } routings { edges { node { status } } } } }';
    expect(await entity(id, fields, then)).toEqual({
      instant: then,
      status: 'ACTIVE',
      traffic: [{ revision: { id: revisionId }, weightPercent: 100 }],
      rollout: { id: expect.any(String) as string },
      replicaManagement: { desiredReplicaCount: 1, replicas: [{ id: `${id}-0`, status: 'RUNNING', revision: { id: revisionId }, routings: { edges: [{ node: { status: 'ACTIVE' } }] } }] },
    });
  });

  it('is being provisioned, as far as anybody knows, before the first fact has come through', async () => {
    expect(await entity('not-heard-of', 'status statusReason traffic { weightPercent } replicaManagement { replicas { id } } rollouts { id }')).toEqual({
      status: 'PROVISIONING', statusReason: 'created', traffic: [], replicaManagement: { replicas: [] }, rollouts: [],
    });
  });
});

describe('a replica', () => {
  it('is found by its id, also when it is over (S1.32, S1.41)', async () => {
    const { id, revisionId } = await lab.registry.create({ desiredReplicaCount: 1 });
    await lab.atRest(id, 'ACTIVE', 1);
    const query = 'query ($id: ID!) { replica(id: $id) { id name status revision { id } } }';
    expect(await lab.ask(query, { id: `${id}-0` })).toEqual({ replica: { id: `${id}-0`, name: 'tiny-0', status: 'RUNNING', revision: { id: revisionId } } });
    await lab.registry.change(id, { desiredReplicaCount: 0 });
    await lab.atRest(id, 'INACTIVE', 0);
    expect((await lab.ask(query, { id: `${id}-0` })).replica.status).toBe('TERMINATED');
    for (const unknown of ['nothing', 'nul\0', 'x'.repeat(3000), '', '%']) expect(await lab.ask(query, { id: unknown })).toEqual({ replica: null });
    const byReference = await lab.ask('query ($r: [_Any!]!) { _entities(representations: $r) { ... on ModelReplica { name } } }', { r: [{ __typename: 'ModelReplica', id: `${id}-0` }] });
    expect(byReference._entities).toEqual([{ name: 'tiny-0' }]);
  });

  it('pages through its routings (S1.32)', async () => {
    const { id } = await lab.registry.create({ desiredReplicaCount: 1 });
    await lab.atRest(id, 'ACTIVE', 1);
    const page = async (given: string) => (await lab.ask(`{ replica(id: "${id}-0") { routings${given} { edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`)).replica.routings;
    const all = await page('');
    expect(all.edges).toHaveLength(1);
    expect(await page('(first: 0)')).toEqual({ edges: [], pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null } });
    expect(await page(`(first: 10, after: "${all.pageInfo.endCursor}")`)).toEqual({ edges: [], pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null } });
  });

  it('has the nullability of S1 (S1.31, S1.32)', async () => {
    const schema = buildClientSchema((await lab.ask(getIntrospectionQuery())) as IntrospectionQuery);
    const fieldsOf = (name: string) => {
      const type = schema.getType(name);
      return isObjectType(type) ? Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, String(field.type)])) : {};
    };
    expect(fieldsOf('ReplicaManagement')).toMatchObject({ desiredReplicaCount: 'Int!', replicas: '[ModelReplica!]!', routings: '[Routing!]!' });
    expect(fieldsOf('ModelReplica')).toMatchObject({ name: 'String!', revision: 'ModelRevision!', routings: 'RoutingConnection!' });
    expect(fieldsOf('ModelDeployment')).toMatchObject({ status: 'DeploymentStatus!', replicaManagement: 'ReplicaManagement!' });
    expect(fieldsOf('Subscription')).toMatchObject({ deploymentStatusChanged: 'ModelDeployment!', replicaStatusChanged: 'ModelReplica!' });
  });
});

describe('rollouts', () => {
  it('are listed newest first, each with its plan and how far it has come', async () => {
    const { id, revisionId } = await lab.registry.create({ desiredReplicaCount: 1 });
    await lab.atRest(id, 'ACTIVE', 1);
    const second = await lab.registry.publish(id);
    await lab.registry.activate(id, second);
    await until('the second revision serves', async () => (await lab.look(id)).traffic[0]?.revision.id === second);
    await lab.atRest(id, 'ACTIVE', 1);
    const fields = 'id status targetRevision { id } previousRevision { id } steps { type count weightPercent remaining } currentStep reason startedAt endedAt';
    const seen = await entity(id, `rollout { ${fields} } rollouts { ${fields} }`);
    expect(seen.rollout).toEqual(seen.rollouts[0]);
    expect(seen.rollouts).toHaveLength(2);
    expect(seen.rollouts[0]).toMatchObject({ status: 'COMPLETED', targetRevision: { id: second }, previousRevision: { id: revisionId }, reason: null });
    expect(seen.rollouts[1]).toMatchObject({ status: 'COMPLETED', targetRevision: { id: revisionId }, previousRevision: null });
    const { steps, currentStep, startedAt, endedAt } = seen.rollouts[0];
    expect(steps).toEqual([
      { type: 'launch', count: 1, weightPercent: null, remaining: null },
      { type: 'awaitReady', count: 1, weightPercent: null, remaining: null },
      { type: 'setWeight', count: null, weightPercent: 50, remaining: null },
      { type: 'setWeight', count: null, weightPercent: 100, remaining: null },
      { type: 'drain', count: null, weightPercent: null, remaining: 0 },
      { type: 'promote', count: null, weightPercent: null, remaining: null },
    ]);
    expect(currentStep).toBe(steps.length);
    expect(Date.parse(endedAt)).toBeGreaterThanOrEqual(Date.parse(startedAt));
    const limited = async (limit: number) => (await entity(id, `rollouts(limit: ${limit}) { id }`)).rollouts.length as number;
    expect([await limited(0), await limited(1), await limited(100)]).toEqual([0, 1, 2]);
    for (const limit of [-1, 101])
      expect(await lab.refused(`query ($r: [_Any!]!) { _entities(representations: $r) { ... on ModelDeployment { rollouts(limit: ${limit}) { id } } } }`, { r: [{ __typename: 'ModelDeployment', id, instant: 'now' }] })).toMatchObject({ code: 'INVALID_INPUT' });
  });
});
