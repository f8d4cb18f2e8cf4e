import type { ExecutionResult } from 'graphql';
import { openOrchestratorLab, type OrchestratorLab } from '../testing/orchestrator-lab.js';
import { until } from '../testing/until.js';

// The answer's shape is the query's.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Answer = any;
type Entry = { readonly id: string; readonly position: number; readonly type: string; readonly entity: { readonly kind: string; readonly id: string }; readonly at: string; readonly actor: string | null; readonly causeId: string | null; readonly summary: string; readonly data: string };

const ENTRY = 'id position type entity { kind id } at actor causeId correlationId summary data';
const TIMELINE = `query ($id: ID!, $filter: TimelineFilter, $first: Int, $after: String, $order: OrderDirection) {
  deploymentTimeline(deploymentId: $id, filter: $filter, first: $first, after: $after, order: $order) {
    edges { cursor node { ${ENTRY} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
const EXPLAIN = `query ($entity: EntityInput!, $at: DateTime) { explain(entity: $entity, at: $at) {
  entity { kind id } state complete origin { actor correlationId } links { position at actor eventType what because } } }`;

let lab: OrchestratorLab;
let id: string;
let first: string;
let second: string;

beforeAll(async () => {
  lab = await openOrchestratorLab();
  ({ id, revisionId: first } = await lab.registry.create());
  await lab.atRest(id, 'ACTIVE', 2);
  second = await lab.registry.publish(id);
  await lab.registry.activate(id, second);
  await until('the second revision is active', async () => (await lab.events('RevisionActivated')).some(({ revisionId }) => revisionId === second));
  await lab.atRest(id, 'ACTIVE', 2);
  await lab.registry.create({ name: 'another', desiredReplicaCount: 1 });
});
afterAll(() => lab[Symbol.asyncDispose]());

const timeline = async (given: Record<string, unknown> = {}): Promise<Answer> => (await lab.ask(TIMELINE, { id, first: 500, ...given })).deploymentTimeline;
const entries = async (given: Record<string, unknown> = {}): Promise<readonly Entry[]> => (await timeline(given)).edges.map(({ node }: { node: Entry }) => node);
const explain = async (kind: string, entityId: string, at?: string): Promise<Answer> => (await lab.ask(EXPLAIN, { entity: { kind, id: entityId }, at })).explain;

/** What the log itself has of it. */
async function inTheLog(): Promise<readonly number[]> {
  const all = await Array.fromAsync(lab.log.readAll());
  return all.filter(({ type, streamId, data }) => !type.startsWith('Process') && (streamId.endsWith(`-${id}`) || (data as { deploymentId?: string }).deploymentId === id)).map(({ position }) => position);
}

describe('the timeline of a deployment', () => {
  it('has every fact once, newest first, with who, why and a sentence', async () => {
    const found = await entries();
    expect(found.map(({ position }) => position)).toEqual((await inTheLog()).toReversed());
    expect(new Set(found.map((entry) => entry.id)).size).toBe(found.length);
    const said = found.map(({ summary }) => summary);
    expect(said).toEqual(expect.arrayContaining(['Deployment tiny created with 2 replicas by admin', 'Revision 2 asked for by admin', 'Revision 2 is active', 'Replica 0 is ready', 'Replica tiny-0 of revision 1 asked for']));
    expect(said.some((summary) => /^Weight of revision \d set to \d+ %/.test(summary))).toBe(true);
    const started = found.find(({ type }) => type === 'RolloutStarted');
    expect(started).toMatchObject({ actor: 'orchestrator', causeId: expect.stringMatching(`^process-fleet-${id}/\\d+/\\d+$`) as string, entity: { kind: 'ROLLOUT' } });
    expect(JSON.parse(started?.data ?? '')).toMatchObject({ targetRevisionId: second });
  });

  it('can be told from its beginning', async () => {
    expect((await entries({ order: 'ASC' })).map(({ position }) => position)).toEqual(await inTheLog());
  });

  it.each<[string, () => Record<string, unknown>, (entry: Entry) => boolean]>([
    ['types', () => ({ types: ['ReplicaReady', 'RoutingChanged'] }), ({ type }) => type === 'ReplicaReady' || type === 'RoutingChanged'],
    ['actor', () => ({ actor: 'admin' }), ({ actor }) => actor === 'admin'],
    ['kind', () => ({ entity: { kind: 'ROLLOUT' } }), ({ entity }) => entity.kind === 'ROLLOUT'],
    ['entity', () => ({ entity: { kind: 'REVISION', id: second } }), ({ entity }) => entity.kind === 'REVISION' && entity.id === second],
    ['all of these', () => ({ types: ['ReplicaReady'], actor: 'orchestrator', entity: { kind: 'REPLICA', id: `${id}-0` } }), (entry) => entry.type === 'ReplicaReady' && entry.entity.id === `${id}-0`],
    ['nothing', () => ({ types: null, actor: null, entity: null, from: null, to: null }), () => true],
  ])('is filtered by %s', async (_what, filter, isWanted) => {
    const all = await entries();
    const found = await entries({ filter: filter() });
    expect(found).toEqual(all.filter(isWanted));
    expect(found.length).toBeGreaterThan(0);
  });

  it('is filtered by time, both ends included', async () => {
    const all = await entries({ order: 'ASC' });
    const [from, to] = [all[3]?.at ?? '', all[10]?.at ?? ''];
    const found = await entries({ order: 'ASC', filter: { from, to } });
    expect(found).toEqual(all.filter(({ at }) => at >= from && at <= to));
    expect(await entries({ filter: { types: [] } })).toEqual([]);
  });

  it.each(['ASC', 'DESC'])('is walked in pages %s without a gap or a repeat while more happens', async (order) => {
    const before = await inTheLog();
    const seen: number[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { edges, pageInfo } = await timeline({ order, first: 7, after });
      seen.push(...edges.map(({ node }: { node: Entry }) => node.position));
      if (seen.length < 20) await lab.registry.change(id, { tags: [`t${order}${seen.length}`] });
      ({ endCursor: after, hasNextPage: more } = pageInfo);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(seen.toSorted((a, b) => (order === 'ASC' ? a - b : b - a)));
    expect(seen.filter((position) => before.includes(position))).toHaveLength(before.length);
  });

  it.each([
    [{ first: -1 }, 'INVALID_INPUT'],
    [{ first: 501 }, 'INVALID_INPUT'],
    [{ after: 'bm90aGluZw' }, 'INVALID_INPUT'],
    [{ filter: { types: ['Nothing'] } }, 'INVALID_INPUT'],
    [{ id: 'nothing' }, 'DEPLOYMENT_NOT_FOUND'],
    [{ id: `nul\0` }, 'DEPLOYMENT_NOT_FOUND'],
  ])('is refused for %j', async (given, code) => {
    expect(await lab.refused(TIMELINE, { id, ...given })).toMatchObject({ code });
  });

  it('grows before those who watch: each fact once and in order', async () => {
    const watched = await lab.subscribe(`subscription ($id: ID!) { deploymentTimelineGrew(deploymentId: $id) { ${ENTRY} } }`, { id });
    const seen: Entry[] = [];
    const ended = (async () => {
      for await (const { data } of watched as AsyncIterable<ExecutionResult<Answer>>) seen.push(JSON.parse(JSON.stringify(data.deploymentTimelineGrew)) as Entry);
    })();
    const third = await lab.registry.publish(id);
    await lab.registry.activate(id, third);
    await until('it is told of the third', () => seen.some(({ type, data }) => type === 'RevisionActivated' && data.includes(third)));
    await watched.return?.();
    await ended;
    const from = seen[0]?.position ?? 0;
    const to = seen.at(-1)?.position ?? 0;
    expect(seen).toEqual((await entries({ order: 'ASC' })).filter(({ position }) => position >= from && position <= to));
    expect(seen.map(({ summary }) => summary)).toContain('Revision 3 asked for by admin');
  });

  it('grows alike before a hundred who watch, and nobody is followed for longer than they stay', async () => {
    const followers = lab.generation.followers;
    const watchers = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const watched = await lab.subscribe('subscription ($id: ID!) { deploymentTimelineGrew(deploymentId: $id) { position } }', { id });
        const seen: number[] = [];
        const ended = (async () => {
          for await (const { data } of watched as AsyncIterable<ExecutionResult<Answer>>) seen.push(data.deploymentTimelineGrew.position as number);
        })();
        return { seen, leave: async () => void (await watched.return?.(), await ended) };
      }),
    );
    await until('all are followed', () => lab.generation.followers === followers + 100);
    const from = await lab.log.head();
    for (let at = 0; at < 20; at++) await lab.registry.change(id, { tags: [`watched-${at}`] });
    const written = (await inTheLog()).filter((position) => position > from);
    await until('all were told of all', () => watchers.every(({ seen }) => (seen.at(-1) ?? 0) >= (written.at(-1) ?? 0)));
    for (const { seen } of watchers) expect(seen.filter((position) => position <= (written.at(-1) ?? 0))).toEqual(written);
    for (const { leave } of watchers) await leave();
    await until('nobody is', () => lab.generation.followers === followers);
  });

  it('of nothing cannot be watched', async () => {
    const watched = await lab.subscribe('subscription { deploymentTimelineGrew(deploymentId: "nothing") { id } }');
    await expect(watched.next()).rejects.toThrow('there is no deployment nothing');
  });
});

describe('an explanation', () => {
  it('leads from who asked to the replica', async () => {
    const ready = await entries({ filter: { types: ['ReplicaReady'] }, order: 'ASC' });
    const ofSecond = ready.find(({ data }) => data.includes(second));
    const { links, complete, origin, state } = await explain('REPLICA', ofSecond?.entity.id ?? '', ofSecond?.at);
    expect(complete).toBe(true);
    expect(origin).toMatchObject({ actor: 'admin' });
    const types = links.map(({ eventType }: Answer) => eventType);
    expect(types[0]).toBe('RevisionActivationRequested');
    for (const type of ['ProcessInputTaken', 'RolloutStarted', 'ReplicaRequested', 'ReplicaLaunched']) expect(types).toContain(type);
    expect(links[0]).toMatchObject({ what: 'Revision 2 asked for by admin', because: expect.stringContaining('admin asked for it') as string });
    expect(links.some(({ what }: Answer) => /^The fleet process decided to request replica tiny-\d$/.test(what))).toBe(true);
    expect(links.at(-1).what).toBe(state);
    const positions = links.map(({ position }: Answer) => position);
    expect(positions).toEqual(positions.toSorted((a: number, b: number) => a - b));
  });

  it('is of the instant that is asked about', async () => {
    const [ready] = await entries({ filter: { types: ['ReplicaReady'], entity: { kind: 'REPLICA', id: `${id}-0` } }, order: 'ASC' });
    expect((await explain('REPLICA', `${id}-0`, ready?.at)).links.at(-1)).toMatchObject({ eventType: 'ReplicaReady', what: 'Replica 0 is ready' });
  });

  it.each([['DEPLOYMENT', () => id], ['REVISION', () => first], ['ROLLOUT', async () => (await entries({ filter: { types: ['RolloutCompleted'] } }))[0]?.entity.id ?? '']] as const)('is there for a %s', async (kind, entityId) => {
    const explanation = await explain(kind, await entityId());
    expect(explanation).toMatchObject({ entity: { kind }, complete: true, origin: { actor: 'admin' } });
    expect(explanation.links.length).toBeGreaterThan(1);
  });

  it.each([
    [{ kind: 'DEPLOYMENT', id: 'nothing' }, undefined, 'DEPLOYMENT_NOT_FOUND'],
    [{ kind: 'REVISION', id: 'nothing' }, undefined, 'REVISION_NOT_FOUND'],
    [{ kind: 'REPLICA', id: 'nul\0' }, undefined, 'REPLICA_NOT_FOUND'],
    [{ kind: 'TOKEN', id: 'nothing' }, undefined, 'TOKEN_NOT_FOUND'],
    [{ kind: 'ROLLOUT', id: 'nothing' }, undefined, 'ROLLOUT_NOT_FOUND'],
  ])('is refused for %j', async (entity, at, code) => {
    expect(await lab.refused(EXPLAIN, { entity, at })).toMatchObject({ code });
  });

  it('is refused for what did not exist yet', async () => {
    expect(await lab.refused(EXPLAIN, { entity: { kind: 'DEPLOYMENT', id }, at: '2001-01-01T00:00:00.000Z' })).toMatchObject({ code: 'INVALID_INPUT' });
  });
});

describe('a deployment as it was', () => {
  const ROLLOUTS = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on ModelDeployment {
    status traffic { weightPercent } rollout { id status currentStep targetRevision { id } endedAt } rollouts { id status } } } }`;
  const asOf = async (instant: string): Promise<Answer> => (await lab.ask(ROLLOUTS, { representations: [{ __typename: 'ModelDeployment', id, instant }] }))._entities[0];

  it('tells of the rollout that was under way then', async () => {
    const steps = (await entries({ order: 'ASC', filter: { types: ['RolloutStarted', 'RolloutStepCompleted'] } })).filter(({ entity }) => entity.kind === 'ROLLOUT');
    const ofSecond = steps.find(({ type, data }) => type === 'RolloutStarted' && data.includes(`"targetRevisionId":"${second}"`));
    const later = steps.find(({ type, entity, position }) => type === 'RolloutStepCompleted' && entity.id === ofSecond?.entity.id && position > (ofSecond?.position ?? 0));
    const { rollout, rollouts } = await asOf(later?.at ?? '');
    expect(rollout).toMatchObject({ id: ofSecond?.entity.id, targetRevision: { id: second } });
    expect(rollouts).toHaveLength(2);
    expect((await asOf('2001-01-01T00:00:00.000Z')).rollout).toBeNull();
    const ended = (await entries({ filter: { types: ['RolloutCompleted'], entity: { kind: 'ROLLOUT', id: ofSecond?.entity.id } } }))[0];
    expect((await asOf(new Date(Date.parse(ended?.at ?? '') + 1).toISOString())).rollout).toMatchObject({ id: ofSecond?.entity.id, status: 'COMPLETED', endedAt: expect.any(String) as string });
  });
});
