import { activated, CREATE, deployed, DELETE, deploymentInput, published, UPDATE } from '../testing/deployment-inputs.js';
import { openRegistryLab, START_MS, type RegistryLab } from '../testing/registry-lab.js';
import { until } from '../testing/until.js';

let lab: RegistryLab;
beforeEach(async () => void (lab = await openRegistryLab()));
afterEach(() => lab[Symbol.asyncDispose]());

const ROLLBACK = `mutation ($id: ID!, $toRevisionId: ID, $toTime: DateTime) {
  rollbackModelDeployment(id: $id, toRevisionId: $toRevisionId, toTime: $toTime) { deployment { id } } }`;
const CREATE_TOKEN = 'mutation ($id: ID!) { createAccessToken(input: { deploymentId: $id }) { accessToken { id } } }';
const DELETE_TOKEN = 'mutation ($id: ID!, $token: ID!) { deleteAccessToken(input: { deploymentId: $id, id: $token }) { deletedId } }';
const FIELDS = `name openToPublic tags preferredDomainName configurationHash deploymentStrategy { configJSON } revision { id name status }
  deployingRevision { id } revisionHistory { id status } revisions { revisionNumber } accessTokens { id } updatedAt`;

const at = async (id: string, asOf: string | null) => (await lab.ask(`query ($id: ID!, $asOf: DateTime) { deployment(id: $id, asOf: $asOf) { ${FIELDS} } }`, { id, asOf })).deployment;
/** This instant, and a second passes. */
const instant = (): string => {
  const now = new Date(lab.clock.nowMs()).toISOString();
  lab.clock.advance(1000);
  return now;
};
const events = async (type: string) => (await Array.fromAsync(lab.log.readAll({ filter: { types: [type] } }))).map(({ data }) => data as Record<string, unknown>);

describe('a deployment at a past instant', () => {
  it('is as it was: settings, revisions, history, tokens', async () => {
    const moments: { instant: string; seen: unknown }[] = [];
    const id = await deployed(lab);
    const remember = async () => {
      const seen = await at(id, null);
      moments.push({ instant: instant(), seen });
    };
    await remember();
    await lab.ask(UPDATE, { input: { id, name: 'renamed', tags: ['b'], openToPublic: true, preferredDomainName: 'a.example' } });
    await remember();
    const { createAccessToken } = await lab.ask(CREATE_TOKEN, { id });
    await remember();
    const second = await published(lab, id, { name: 'second' });
    await remember();
    await activated(lab, id, second);
    await remember();
    await lab.ask(DELETE_TOKEN, { id, token: createAccessToken.accessToken.id });
    await lab.ask(UPDATE, { input: { id, deploymentStrategy: { type: 'ROLLING', config: { maxSurge: 3 } } } });
    await remember();
    for (const { instant: asOf, seen } of moments) expect(await at(id, asOf)).toEqual(seen);
    expect(moments.map(({ seen }) => (seen as { accessTokens: unknown[] }).accessTokens.length)).toEqual([0, 0, 1, 1, 1, 0]);
    expect(new Set(moments.map(({ seen }) => (seen as { configurationHash: string }).configurationHash)).size).toBe(4);
  });

  it('is null before it existed, and what it is from now on', async () => {
    lab.clock.advance(1000);
    const id = await deployed(lab);
    expect(await at(id, new Date(START_MS).toISOString())).toBeNull();
    expect(await at(id, '1970-01-01T00:00:00.000Z')).toBeNull();
    expect(await at(id, '2999-01-01T00:00:00.000Z')).toEqual(await at(id, null));
  });

  it('is known when the deployment is long gone', async () => {
    const id = await deployed(lab);
    const then = instant();
    await lab.ask(DELETE, { id });
    await until('destroyed', async () => (await lab.ask('{ deployments(filter: { status: DESTROYED }) { id } }')).deployments.length === 1);
    const query = 'query ($id: ID!, $asOf: DateTime) { deployment(id: $id, asOf: $asOf) { endpointUrl } }';
    expect(await lab.ask(query, { id, asOf: then })).toEqual({ deployment: { endpointUrl: 'http://127.0.0.1:8000/v1' } });
    expect(await lab.ask(query, { id })).toEqual({ deployment: { endpointUrl: null } });
  });

  it('survives a restart with read models made anew', async () => {
    const id = await deployed(lab);
    const then = instant();
    await lab.ask(UPDATE, { input: { id, tags: ['later'] } });
    const [past, present] = [await at(id, then), await at(id, null)];
    await lab.restart();
    expect([await at(id, then), await at(id, null)]).toEqual([past, present]);
  });

  it('refuses an instant that is none', async () => {
    for (const asOf of ['yesterday', '2026-02-30T00:00:00Z', 12])
      expect((await lab.refused('query ($asOf: DateTime) { deployment(id: "x", asOf: $asOf) { id } }', { asOf })).code).toBe('INVALID_INPUT');
  });
});

describe('going back', () => {
  it('to a revision: it becomes active, settings stay (S2.8)', async () => {
    const id = await deployed(lab);
    const first = (await at(id, null)).revision.id as string;
    await activated(lab, id, await published(lab, id, { name: 'second' }));
    await lab.ask(UPDATE, { input: { id, tags: ['kept'] } });
    await lab.ask(ROLLBACK, { id, toRevisionId: first });
    await lab.settled(id);
    expect(await at(id, null)).toMatchObject({ revision: { id: first, status: 'ACTIVE' }, tags: ['kept'] });
    expect(await events('RollbackVerified')).toEqual([]);
  });

  it('to a time: settings and revision are as they were, and the proof says so', async () => {
    const id = await deployed(lab, { preferredDomainName: 'a.example' });
    const before = await at(id, null);
    const then = instant();
    const second = await published(lab, id, { name: 'second' });
    await activated(lab, id, second);
    const strategy = { type: 'ROLLING', config: { maxSurge: 2, maxUnavailable: 1 } };
    await lab.ask(UPDATE, { input: { id, tags: ['x'], openToPublic: true, preferredDomainName: 'b.example', desiredReplicaCount: 3, deploymentStrategy: strategy } });
    expect((await at(id, null)).configurationHash).not.toBe(before.configurationHash);
    await lab.ask(ROLLBACK, { id, toTime: then });
    await lab.settled(id);
    const after = await at(id, null);
    expect(after.configurationHash).toBe(before.configurationHash);
    const { updatedAt: _then, revisionHistory: _history, revisions: _revisions, ...restored } = before;
    expect(after).toMatchObject(restored);
    expect(await events('RollbackVerified')).toEqual([
      expect.objectContaining({ verified: true, expectedHash: before.configurationHash, actualHash: before.configurationHash }),
    ]);
  });

  it('to a time keeps the name: names are identity, not configuration', async () => {
    const id = await deployed(lab);
    const then = instant();
    await lab.ask(UPDATE, { input: { id, name: 'renamed' } });
    await lab.ask(ROLLBACK, { id, toTime: then });
    await lab.settled(id);
    expect((await at(id, null)).name).toBe('renamed');
  });

  it('to a time when nothing differs is recorded and proven all the same', async () => {
    const id = await deployed(lab);
    await lab.ask(ROLLBACK, { id, toTime: instant() });
    await lab.settled(id);
    expect(await events('RollbackVerified')).toEqual([expect.objectContaining({ verified: true })]);
  });

  it('says whether the proof holds when settings change while the rollout runs', async () => {
    const id = await deployed(lab);
    const then = instant();
    await activated(lab, id, await published(lab, id, { name: 'second' }));
    await Promise.all([lab.ask(ROLLBACK, { id, toTime: then }), lab.ask(UPDATE, { input: { id, tags: ['meanwhile'] } })]);
    await lab.settled(id);
    const [proof] = await events('RollbackVerified');
    const { tags } = await at(id, null);
    expect(proof?.['verified']).toBe(tags.includes('e2e'));
  });

  it.each([
    ['both', { toRevisionId: 'r', toTime: '2026-11-20T12:00:00.000Z' }, 'INVALID_INPUT'],
    ['neither', {}, 'INVALID_INPUT'],
    ['a revision of nobody', { toRevisionId: 'nothing' }, 'REVISION_NOT_FOUND'],
    ['a name every object has', { toRevisionId: 'toString' }, 'REVISION_NOT_FOUND'],
    ['the future', { toTime: '2999-01-01T00:00:00.000Z' }, 'INVALID_INPUT'],
    ['before it existed', { toTime: '2000-01-01T00:00:00.000Z' }, 'NOTHING_AT_THAT_TIME'],
  ])('refuses %s', async (_what, target, code) => {
    const id = await deployed(lab);
    const before = await lab.written();
    expect((await lab.refused(ROLLBACK, { id, ...target })).code).toBe(code);
    expect(await lab.written()).toBe(before);
  });

  it("refuses another deployment's revision", async () => {
    const [one, two] = [await deployed(lab, { name: 'one' }), await deployed(lab, { name: 'two' })];
    const toRevisionId = (await at(two, null)).revision.id as string;
    expect((await lab.refused(ROLLBACK, { id: one, toRevisionId })).code).toBe('REVISION_NOT_FOUND');
    expect((await lab.refused(UPDATE, { input: { id: one, activeRevisionId: toRevisionId } })).code).toBe('REVISION_NOT_FOUND');
  });

  it('refuses a time when no revision was active yet', async () => {
    await using quiet = await openRegistryLab({ withFleet: false });
    const { createModelDeployment } = await quiet.ask(CREATE, { input: deploymentInput() });
    const toTime = new Date(quiet.clock.nowMs()).toISOString();
    expect((await quiet.refused(ROLLBACK, { id: createModelDeployment.deployment.id, toTime })).code).toBe('NO_REVISION_AT_THAT_TIME');
  });

  it('refuses when the host name of that time belongs to somebody else by now, and changes nothing', async () => {
    const id = await deployed(lab, { preferredDomainName: 'a.example' });
    const then = instant();
    await lab.ask(UPDATE, { input: { id, preferredDomainName: 'b.example' } });
    await until('the host name is free', () => deployed(lab, { name: 'other', preferredDomainName: 'a.example' }).catch(() => null));
    const before = await at(id, null);
    expect((await lab.refused(ROLLBACK, { id, toTime: then })).code).toBe('HOST_NAME_TAKEN');
    expect(await at(id, null)).toEqual(before);
  });
});
