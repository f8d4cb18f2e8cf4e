import { RETRY_FLOOR, RETRY_SHARE, RETRY_WINDOW_SECONDS } from '@slipway/domain';
import type { ServerResponse } from 'node:http';
import { eventually } from './testing/condition.js';
import { ENGINES } from './testing/engines.js';
import { errorOf, ProxyFixture } from './testing/proxy-fixture.js';
import { answering, CHAT_COMPLETION, hanging, resetting, type Script } from './testing/scripted-upstream.js';
import { routeTo } from './testing/table-fixtures.js';

const HOUR_MS = 3_600_000;
const RETRIES = 'slipway_proxy_retries_total{deployment="default/tiny",revision="rev-1"}';

describe.each(ENGINES)('replicas that fail behind $name', ({ engine }) => {
  /** Two replicas: the first follows `script`, the second answers. One that could not be connected to is left alone for good. */
  async function oneBadOneGood(script: Script) {
    const fixture = await ProxyFixture.start({ engine, limits: { avoidReplicaMs: HOUR_MS } });
    const bad = await fixture.upstream(script);
    const good = await fixture.upstream(answering(CHAT_COMPLETION));
    fixture.route([routeTo([{ port: bad.port, replicaId: 'bad' }, { port: good.port, replicaId: 'good' }])]);
    return { fixture, bad, good };
  }

  const draining: Script = (_request, response) => {
    response.writeHead(503, { 'x-slipway-draining': '1', 'content-type': 'application/json' });
    response.end('{}');
  };
  const dyingAfterTheHead: Script = (_request, response, socket) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.flushHeaders();
    setImmediate(() => socket.resetAndDestroy());
  };

  it.each([
    ['resets the connection', resetting],
    ['closes the connection', ((_request, _response, socket) => void socket.end()) as Script],
    ['dies between the head and the first byte of its answer', dyingAfterTheHead],
    ['says that it is draining', draining],
  ])('gives a request to another replica when the first %s', async (_what, script) => {
    const { fixture, good } = await oneBadOneGood(script);
    await using _ = fixture;
    // No more than may be repeated whichever replica each one meets first.
    for (let i = 0; i < RETRY_FLOOR; i += 1) expect((await fixture.ask()).status).toBe(200);
    expect(good.received).toHaveLength(RETRY_FLOOR);
    expect(await fixture.metric('slipway_proxy_requests_total{deployment="default/tiny",revision="rev-1",status="2xx"}')).toBe(RETRY_FLOOR);
  });

  it('gives a request to another replica when nobody listens at the first, and leaves that one alone for a while', async () => {
    const { fixture, bad } = await oneBadOneGood(hanging);
    await using _ = fixture;
    await bad.kill();
    for (let i = 0; i < 50; i += 1) expect((await fixture.ask()).status).toBe(200);
    expect(await fixture.metric(RETRIES)).toBe(1);
  });

  it('repeats a request on the same replica when it is the only one and had closed an idle connection', async () => {
    await using fixture = await ProxyFixture.start({ engine });
    let closed = 0;
    const upstream = await fixture.upstream((request, response, socket) => {
      if (closed > 0) return answering(CHAT_COMPLETION)(request, response, socket);
      closed += 1;
      socket.destroy();
    });
    fixture.route([routeTo([{ port: upstream.port }])]);
    expect((await fixture.ask()).status).toBe(200);
    expect(upstream.received).toHaveLength(2);
  });

  it('loses no request to a replica that closes its idle connections', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine });
    for (let i = 0; i < 40; i += 1) {
      const pending = fixture.ask();
      fixture.upstream.closeIdle();
      expect((await pending).status).toBe(200);
    }
  });

  it('passes a 503 and a 500 of the engine on: they are answers', async () => {
    await using fixture = await ProxyFixture.before(answering({ error: { message: 'full' } }, 503), { engine });
    expect((await fixture.ask()).status).toBe(503);
    fixture.upstream.follow(answering({ error: { message: 'bug' } }, 500));
    expect((await fixture.ask()).status).toBe(500);
    expect(fixture.upstream.received).toHaveLength(2);
  });

  it('tries no more than it may, then answers 503 with a time to come again', async () => {
    await using fixture = await ProxyFixture.start({ engine });
    const upstreams = await Promise.all([1, 2, 3, 4].map(() => fixture.upstream(resetting)));
    fixture.route([routeTo(upstreams.map(({ port }) => ({ port })))]);
    const answer = await fixture.ask();
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await errorOf(answer)).toMatchObject({ status: 503, type: 'server_error', code: 'model_unavailable' });
    expect(upstreams.flatMap(({ received }) => received)).toHaveLength(3);
  });

  it('stops repeating when a deployment fails and fails: the budget holds', async () => {
    await using fixture = await ProxyFixture.start({ engine });
    const upstreams = await Promise.all([1, 2, 3].map(() => fixture.upstream(resetting)));
    fixture.route([routeTo(upstreams.map(({ port }) => ({ port })))]);
    const beganMs = performance.now();
    for (let i = 0; i < 200; i += 1) expect((await fixture.ask()).status).toBe(503);
    const windows = 1 + Math.floor((performance.now() - beganMs) / (RETRY_WINDOW_SECONDS * 1_000)); // the floor is granted in each
    const tries = upstreams.flatMap(({ received }) => received).length;
    expect(tries).toBeGreaterThan(200);
    expect(tries).toBeLessThanOrEqual(200 + RETRY_SHARE * 200 + windows * (RETRY_FLOOR + 2));
  });

  it('never sends a request to a replica that is not in the table any more', async () => {
    const { fixture, bad, good } = await oneBadOneGood(answering(CHAT_COMPLETION));
    await using _ = fixture;
    fixture.route([routeTo([{ port: good.port, replicaId: 'good' }])]);
    await Promise.all(Array.from({ length: 40 }, () => fixture.ask()));
    expect(bad.received).toHaveLength(0);
  });

  it('lets a replica that leaves the table finish what it has, gives it nothing more, and reports when it is done', async () => {
    const held: ServerResponse[] = [];
    const { fixture, bad: old, good } = await oneBadOneGood((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      held.push(response);
    });
    await using _ = fixture;
    fixture.route([routeTo([{ port: old.port, replicaId: 'bad' }])]);
    const streaming = await fixture.ask();
    const inTable = [routeTo([{ port: good.port, replicaId: 'good' }])];
    fixture.route(inTable);
    const position = fixture.proxy.position();
    await eventually(() => fixture.reports.at(-1)?.position === position, 'the new table is acknowledged');
    expect(fixture.reports.at(-1)?.inFlightByReplica).toEqual({ bad: 1, good: 0 });
    for (let i = 0; i < 10; i += 1) expect((await fixture.ask()).status).toBe(200);
    expect(old.received).toHaveLength(1);
    held[0]?.end('data: 2\n\n');
    expect(await streaming.text()).toBe('data: 1\n\ndata: 2\n\n');
    await eventually(() => !('bad' in (fixture.reports.at(-1)?.inFlightByReplica ?? { bad: 1 })), 'the old replica is done');
    const generations = fixture.reports.map(({ generation }) => generation);
    expect(generations).toEqual(generations.map((_generation, index) => index + 1));
  });

  it('counts a request as in flight from its choice on, while it is still connecting', async () => {
    await using fixture = await ProxyFixture.before(hanging, { engine });
    const leave = new AbortController();
    const pending = fixture.ask({ signal: leave.signal }).catch(() => null);
    await eventually(async () => (await fixture.metric('slipway_proxy_held_requests')) === 1, 'the request is held');
    fixture.route([]);
    await eventually(() => fixture.reports.at(-1)?.position === fixture.proxy.position(), 'the table is acknowledged');
    expect(fixture.reports.at(-1)?.inFlightByReplica).toEqual({ r1: 1 });
    leave.abort();
    await pending;
    await eventually(() => Object.keys(fixture.reports.at(-1)?.inFlightByReplica ?? { x: 1 }).length === 0, 'nothing is left');
  });

  it('reports what ended by replica once per beat', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine, limits: { reportIntervalMs: 20 } });
    for (let i = 0; i < 5; i += 1) await fixture.ask();
    fixture.upstream.follow(answering({}, 500));
    await fixture.ask();
    const totals = () => fixture.reports.flatMap(({ tallies }) => tallies ?? []);
    const sum = (key: 'requests' | 'errors' | 'firstBytes') => totals().reduce((total, tally) => total + tally[key], 0);
    await eventually(() => sum('requests') === 6, 'all are reported');
    expect([sum('errors'), sum('firstBytes')]).toEqual([1, 6]);
    expect(totals()[0]).toMatchObject({ replicaId: 'r1', deploymentId: 'd1', revisionId: 'rev-1' });
  });

  it('takes weights as they are: every request to the only revision with weight', async () => {
    await using fixture = await ProxyFixture.start({ engine });
    const [a, b] = [await fixture.upstream(answering(CHAT_COMPLETION)), await fixture.upstream(answering(CHAT_COMPLETION))];
    const revision = (revisionId: string, port: number, weightPercent: number) => ({
      revisionId,
      weightPercent,
      replicas: [{ replicaId: `of-${revisionId}`, revisionId, host: '127.0.0.1', port }],
    });
    fixture.route([routeTo([], { revisions: [revision('rev-1', a.port, 0), revision('rev-2', b.port, 100)] })]);
    for (let i = 0; i < 20; i += 1) expect((await fixture.ask()).headers.get('x-revision-id')).toBe('rev-2');
    await b.kill();
    expect((await fixture.ask()).headers.get('x-revision-id')).toBe('rev-1'); // nobody else is left
  });

  it('loses no request when one of two replicas is killed under load', async () => {
    const slow: Script = (request, response, socket) => void setImmediate(() => void setImmediate(() => void answering(CHAT_COMPLETION)(request, response, socket)));
    const { fixture, bad, good } = await oneBadOneGood(slow);
    await using _ = fixture;
    good.follow(slow);
    let stop = false;
    const statuses: number[] = [];
    const clients = Array.from({ length: 16 }, async () => {
      while (!stop) {
        const answer = await fixture.ask();
        statuses.push(answer.status);
        await answer.arrayBuffer();
      }
    });
    await eventually(() => bad.received.length > 100, 'both are busy');
    await bad.kill();
    const after = statuses.length;
    await eventually(() => statuses.length > after + 300, 'the other one carries on');
    stop = true;
    await Promise.all(clients);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });
});
