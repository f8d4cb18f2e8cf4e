import type { RecordedEvent } from '@slipway/event-log';
import { PROXY_ACKNOWLEDGEMENT_MS } from '@slipway/registry';
import { activate, deploy, deploymentInput, publishRevision, untilStatus, type Seen } from './deployments.js';
import { PlatformLab, waitUntil } from './platform-lab.js';
import { isCluster } from './platform-shape.js';
import { chat, median, TwoInstances } from './two-instances.js';
import { verifyLog } from './verify-log.js';

const UPDATES = 50;
const NAMES = 10;
const TURNS = 20;
const KILLS = 3;
/** At each look, so that kills fall anywhere in a rollout. */
const KILL_CHANCE = 0.3;
const LIMIT_MS = 180_000;
const CREATE = 'mutation ($input: CreateModelServingDeploymentInput!) { createModelDeployment(input: $input) { deployment { id } } }';
const SET_TAGS = 'mutation ($id: ID!, $tags: [String!]) { updateModelDeployment(input: { id: $id, tags: $tags }) { deployment { id tags } } }';
const CREATE_TOKEN = 'mutation ($id: ID!) { createAccessToken(input: { deploymentId: $id }) { accessToken { id token } } }';
const DELETE_TOKEN = `mutation ($deploymentId: ID!, $id: ID!) { deleteAccessToken(input: { deploymentId: $deploymentId, id: $id }) { acknowledgedProxies missingProxies } }`;
type Acknowledgements = { readonly acknowledgedProxies: readonly string[]; readonly missingProxies: readonly string[] };
const BOTH_PROXIES = ['proxy-1', 'proxy-2'];

(isCluster() ? describe : describe.skip)('two of every service at once (where there is a cluster)', () => {
  let lab: PlatformLab;
  let two: TwoInstances;
  let id: string;
  let token: string;
  let revisions: readonly [string, string];
  let unavailableCount = 0;
  const figures: Record<string, number | readonly number[]> = {};

  beforeAll(async () => {
    lab = await PlatformLab.create();
    await lab.start(['--no-demo', '--instances', '2']);
    two = new TwoInstances(lab);
    ({ id, token } = await deploy(lab, 'paired', 2, 'mock'));
    const first = (await untilStatus(lab.graph, id, 'ACTIVE', 2)).revision?.id ?? '';
    revisions = [first, await publishRevision(lab.graph, id, 'mock', 'second', { MOCK_TEXT: 'second' })];
  });
  afterAll(async () => {
    process.stdout.write(`two of everything, times in milliseconds: ${JSON.stringify({ ...figures, unavailableCount })}\n`);
    await lab[Symbol.asyncDispose]();
  });

  const eventsOf = async (streams: RegExp): Promise<RecordedEvent[]> => {
    await using log = await lab.openLog();
    const events: RecordedEvent[] = [];
    for await (const event of log.readAll({})) if (streams.test(event.streamId)) events.push(event);
    return events;
  };
  const outcomes = <T>(work: readonly Promise<T>[]): Promise<readonly (T | Error)[]> => Promise.all(work.map((one) => one.catch((error: unknown) => error as Error)));
  const timed = async <T>(work: Promise<T>): Promise<[T, number]> => {
    const startedMs = performance.now();
    const done = await work;
    return [done, Math.round(performance.now() - startedMs)];
  };
  const makeToken = async (): Promise<{ readonly tokenId: string; readonly secret: string; readonly ms: number }> => {
    const [made, ms] = await timed(lab.graph.ask<{ createAccessToken: { accessToken: { id: string; token: string } } }>(CREATE_TOKEN, { id }));
    const { accessToken } = made.createAccessToken;
    return { tokenId: accessToken.id, secret: accessToken.token, ms };
  };
  /** Who is killed stays away meanwhile, as on a machine that is lost. */
  const withoutRestarts = async <T>(work: () => Promise<T>): Promise<T> => {
    const [supervisor = 0] = lab.pidsOf('local-cluster/main.js');
    process.kill(supervisor, 'SIGSTOP');
    return work().finally(() => process.kill(supervisor, 'SIGCONT'));
  };
  /** Gateways may find an instance gone that is about to be asked; they say so, and that it is to be tried again. */
  const settled = async (): Promise<Seen> => {
    for (;;) {
      try {
        return await untilStatus(lab.graph, id, 'ACTIVE', 2);
      } catch (error) {
        if (!(error as Error).message.includes('is not available right now; try again')) throw error;
        unavailableCount += 1;
      }
    }
  };
  /** Every attempt of every replica was launched once. */
  const nothingIsDoubled = async (running: number): Promise<void> => {
    expect(lab.enginePids()).toHaveLength(running);
    const launches = (await eventsOf(/^replica-/)).filter(({ type }) => type === 'ReplicaLaunched');
    const attempts = launches.map(({ streamId, data }) => `${streamId} ${(data as { attempt: number }).attempt}`);
    expect(attempts).toHaveLength(new Set(attempts).size);
  };

  it('both gateways answer alike', async () => {
    const queries = ['{ deployments { id name tags status configurationHash replicaManagement { replicas { id status } } } }', '{ __schema { types { name fields { name } } } }'];
    for (const query of queries) {
      const [one, other] = await Promise.all(two.graphs.map((graph) => graph.ask(query)));
      expect(one).toEqual(other);
    }
  });

  it('of two that create one name at both gateways at once, exactly one wins', async () => {
    for (let round = 0; round < NAMES; round++) {
      const answers = await outcomes(two.graphs.map((graph) => graph.ask(CREATE, { input: deploymentInput(`contested-${round}`, 0, 'mock') })));
      const lost = answers.filter((answer) => answer instanceof Error).map(({ message }) => message);
      expect(lost).toEqual([expect.stringContaining('is taken in domain')]);
    }
    const { deployments } = await lab.graph.ask<{ deployments: { name: string }[] }>('{ deployments(filter: { nameContains: "contested-" }) { name } }');
    expect(deployments).toHaveLength(NAMES);
  });

  it('updates of one deployment through both at once are recorded once each if acknowledged, else not at all, and repeated until they are', async () => {
    let refusedCount = 0;
    const update = async (n: number): Promise<void> => {
      const answer = await (two.graphs[n % 2] ?? lab.graph).ask(SET_TAGS, { id, tags: [`update-${n}`] }).catch((error: unknown) => error as Error);
      if (!(answer instanceof Error)) return;
      expect(answer.message).toContain('too many changes to the same thing at once');
      refusedCount += 1;
      return update(n);
    };
    await Promise.all(Array.from({ length: UPDATES }, (_, n) => update(n)));
    const recorded = (await eventsOf(new RegExp(`^deployment-${id}$`))).filter(({ type }) => type === 'DeploymentTagsChanged').map(({ data }) => (data as { tags: string[] }).tags.join());
    expect(recorded.toSorted()).toEqual(Array.from({ length: UPDATES }, (_, n) => `update-${n}`).toSorted());
    figures['refusalsUntilAll50WereRecorded'] = refusedCount;
  });

  it('what one gateway has answered is read back at the other at once, and at itself, whichever registry answers', async () => {
    for (let turn = 0; turn < TURNS; turn++) {
      const tags = [`turn-${turn}`];
      const [writer, reader] = turn % 2 === 0 ? two.graphs : [two.graphs[1], two.graphs[0]];
      await writer.ask(SET_TAGS, { id, tags });
      const reads = [reader, writer, reader, writer].map((graph) => graph.ask<{ deployment: { tags: string[] } }>('query ($id: ID!) { deployment(id: $id) { tags } }', { id }));
      for (const { deployment } of await Promise.all(reads)) expect(deployment.tags).toEqual(tags);
    }
  });

  it('a token serves at both proxies in the instant its creation is answered, and at neither once its deletion is', async () => {
    const [created, deleted]: [number[], number[]] = [[], []];
    let immediate = 0;
    for (let turn = 0; turn < TURNS; turn++) {
      const { tokenId, secret, ms } = await makeToken();
      const statuses = async (): Promise<string> => (await Promise.all(two.baseUrls.map((baseUrl) => chat(baseUrl, secret, 'paired')))).map(({ status }) => status).join();
      // Answered without a proxy that stood still for so long: it follows in its own time.
      if (ms >= PROXY_ACKNOWLEDGEMENT_MS) await waitUntil(async () => (await statuses()) === '200,200', LIMIT_MS, () => 'a proxy does not take the token');
      expect(await statuses()).toBe('200,200');
      const [{ deleteAccessToken }, deletedMs] = await timed(lab.graph.ask<{ deleteAccessToken: Acknowledgements }>(DELETE_TOKEN, { deploymentId: id, id: tokenId }));
      const { acknowledgedProxies, missingProxies } = deleteAccessToken;
      expect([...acknowledgedProxies, ...missingProxies].toSorted()).toEqual(BOTH_PROXIES);
      if (missingProxies.length > 0) await waitUntil(async () => (await statuses()) === '401,401', LIMIT_MS, () => 'a proxy still takes the token');
      expect(await statuses()).toBe('401,401');
      if (ms < PROXY_ACKNOWLEDGEMENT_MS && missingProxies.length === 0) immediate += 1;
      created.push(ms);
      deleted.push(deletedMs);
    }
    expect(immediate).toBeGreaterThan(0); // as it is unless a proxy stands still
    Object.assign(figures, { createTokenMedian: median(created), createTokenMax: Math.max(...created), deleteTokenMedian: median(deleted), deleteTokenMax: Math.max(...deleted) });
  });

  it('a proxy that stands still is named as missing, the other refuses the token, and it refuses it too once it goes on', async () => {
    const { tokenId, secret } = await makeToken();
    const { pid } = two.instance('proxy-2');
    process.kill(pid, 'SIGSTOP');
    const [{ deleteAccessToken }, ms] = await timed(lab.graph.ask<{ deleteAccessToken: Acknowledgements }>(DELETE_TOKEN, { deploymentId: id, id: tokenId })).finally(() => process.kill(pid, 'SIGCONT'));
    expect(deleteAccessToken.missingProxies).toContain('proxy-2');
    expect([...deleteAccessToken.acknowledgedProxies, ...deleteAccessToken.missingProxies].toSorted()).toEqual(BOTH_PROXIES);
    if (deleteAccessToken.acknowledgedProxies.includes('proxy-1')) expect((await chat(two.baseUrls[0], secret, 'paired')).status).toBe(401);
    await waitUntil(async () => (await chat(two.baseUrls[1], secret, 'paired')).status === 401, LIMIT_MS, () => 'the proxy that went on still takes the token');
    figures['deleteTokenWithOneProxyStopped'] = ms;
  });

  it('kill -9 of the orchestrator that leads, anywhere in a rollout: the other takes over, the rollout ends, no replica is doubled', async () => {
    const takeovers: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const target = revisions[(kill + 1) % 2] ?? '';
      const former = await two.leader('orchestrator');
      await activate(lab.graph, id, target);
      await waitUntil(async () => (await eventsOf(/^rollout-/)).length > 0 && Math.random() < KILL_CHANCE, LIMIT_MS, () => 'no rollout began');
      const { leader, ms } = await withoutRestarts(() => {
        process.kill(former.pid, 'SIGKILL');
        return two.takeoverFrom('orchestrator', former);
      });
      expect(leader.name).not.toBe(former.name);
      expect((await settled()).revision?.id).toBe(target);
      takeovers.push(ms);
      await waitUntil(() => two.instances('orchestrator').length === 2, LIMIT_MS, () => 'the killed one did not come back');
    }
    figures['takeoverAfterKill'] = takeovers;
    await nothingIsDoubled(2);
  });

  it('SIGTERM to the orchestrator that leads hands over in good order in the middle of a rollout', async () => {
    const former = await two.leader('orchestrator');
    await activate(lab.graph, id, revisions[(KILLS + 1) % 2] ?? '');
    process.kill(former.pid, 'SIGTERM');
    const { leader, ms } = await two.takeoverFrom('orchestrator', former);
    expect(leader.name).not.toBe(former.name);
    figures['handoverAtStop'] = ms;
    await settled();
    await nothingIsDoubled(2);
  });

  it('a proxy that was killed serves again with what changed meanwhile, and the other served all along', async () => {
    const { pid } = two.instance('proxy-2');
    process.kill(pid, 'SIGKILL');
    const { secret } = await makeToken();
    for (const known of [token, secret]) expect((await chat(two.baseUrls[0], known, 'paired')).status).toBe(200);
    const serves = async (): Promise<boolean> => (await chat(two.baseUrls[1], secret, 'paired').catch(() => null))?.status === 200;
    const [, ms] = await timed(waitUntil(serves, LIMIT_MS, () => `the killed proxy does not serve: ${lab.serviceLog()}`));
    figures['killedProxyServesAgain'] = ms;
  });

  it('ends in good order, with a log that is whole', async () => {
    expect(await lab.interrupt()).toBe(0);
    expect(lab.enginePids()).toEqual([]);
    expect(verifyLog(lab)).toMatchObject({ exitCode: 0 });
  });
});
