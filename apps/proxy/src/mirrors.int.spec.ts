import type { ServerResponse } from 'node:http';
import type { ProxyLimits } from './limits.js';
import { eventually } from './testing/condition.js';
import { ENGINES } from './testing/engines.js';
import { CHAT_QUESTION, ProxyFixture } from './testing/proxy-fixture.js';
import { answering, CHAT_COMPLETION, hanging, resetting, type Script } from './testing/scripted-upstream.js';
import { HOLDER, routeTo } from './testing/table-fixtures.js';

const PINNER = { ...HOLDER, token: 'slw-pinner', mayPinRevisions: true };
const DROPPED = 'slipway_proxy_dropped_mirrors_total';

describe.each(ENGINES)('mirrored requests, before $name', ({ engine }) => {
  async function mirrored(script: Script, percent = 100, limits: Partial<ProxyLimits> = {}) {
    const fixture = await ProxyFixture.start({ engine, limits: { trafficIntervalMs: 5, ...limits }, tokens: [HOLDER, PINNER] });
    const serving = await fixture.upstream(answering(CHAT_COMPLETION));
    const shadow = await fixture.upstream(script);
    const at = (replicaId: string, revisionId: string, port: number) => ({ replicaId, revisionId, host: '127.0.0.1', port });
    const revisions = [
      { revisionId: 'rev-1', weightPercent: 100, replicas: [at('r1', 'rev-1', serving.port)] },
      { revisionId: 'rev-2', weightPercent: 0, replicas: [at('r2', 'rev-2', shadow.port)] },
    ];
    const revisionIds = new Map([['1', 'rev-1'], ['2', 'rev-2']]);
    const route = routeTo([], { revisions, revisionIds, mirror: { revisionId: 'rev-2', percent } });
    fixture.route([route]);
    const row = () => fixture.traffic.flatMap(({ rows }) => rows).findLast(({ kind, replicaId }) => kind === 'mirrored' && replicaId === 'r2');
    return { fixture, serving, shadow, row, route };
  }

  it('reach the mirror whole and are counted apart; the client sees the answer of who serves it', async () => {
    const { fixture, serving, shadow, row } = await mirrored(answering({ id: 'shadow' }, 200, { 'x-from': 'shadow' }));
    await using _ = fixture;
    const answer = await fixture.ask({ headers: { 'x-request-id': 'one' } });
    expect(answer.headers.get('x-revision-id')).toBe('rev-1');
    expect(await answer.json()).toEqual(CHAT_COMPLETION);
    await eventually(() => row()?.successes === 1, 'the copy is counted');
    expect(shadow.received).toHaveLength(1);
    expect(shadow.received[0]).toMatchObject({ method: 'POST', url: '/v1/chat/completions', headers: { authorization: 'Bearer key-of-r2', 'x-request-id': 'one', 'x-slipway-mirrored': '1' } });
    expect(shadow.received[0]?.body.toString()).toBe(CHAT_QUESTION);
    expect(serving.received[0]?.headers['x-slipway-mirrored']).toBeUndefined();
    expect(row()).toMatchObject({ revisionId: 'rev-2', failures: 0, inFlight: 0 });
    expect(fixture.traffic.flatMap(({ rows }) => rows).filter(({ kind, replicaId }) => kind === 'served' && replicaId === 'r2')).toEqual([]);
    expect(await fixture.metric('slipway_proxy_mirrored_requests_total{deployment="default/tiny",revision="rev-2"}')).toBe(1);
    expect(await fixture.metric('slipway_proxy_requests_total{deployment="default/tiny",revision="rev-2",status="2xx"}')).toBe(0);
  });

  it.each([
    ['answers with an error', answering({ error: {} }, 500)],
    ['resets the connection', resetting],
    ['refuses our key', answering({}, 401)],
  ])('harm no client when the mirror %s, and are its failures', async (_what, script) => {
    const { fixture, row } = await mirrored(script);
    await using _ = fixture;
    for (let i = 0; i < 3; i += 1) expect((await fixture.ask()).status).toBe(200);
    await eventually(() => row()?.failures === 3, 'the copies are counted');
    expect(row()).toMatchObject({ successes: 0, failuresInARow: 3 });
  });

  it('delay no client while the mirror hangs, are so many at most, and count as in flight until they end', async () => {
    let open: ServerResponse | null = null;
    const { fixture, shadow, route, row } = await mirrored((_request, response) => void (open = response), 100, { mirrorsInFlightMax: 1 });
    await using _ = fixture;
    for (let i = 0; i < 3; i += 1) expect((await fixture.ask()).status).toBe(200);
    await eventually(() => open !== null, 'the copy arrives');
    expect(shadow.received).toHaveLength(1);
    expect(await fixture.metric(DROPPED)).toBe(2);
    fixture.route([{ ...route, revisions: route.revisions.slice(0, 1), mirror: null }]);
    await eventually(() => fixture.reports.at(-1)?.inFlightByReplica['r2'] === 1, 'the drain waits for it');
    void answering(CHAT_COMPLETION)(shadow.received[0]!, open!, open!.socket!);
    await eventually(() => fixture.reports.at(-1)?.inFlightByReplica['r2'] === undefined, 'it is over');
    await eventually(() => row()?.successes === 1, 'it is counted');
  });

  it.each([
    ['the body is long', { mirrorBodyBytesMax: 10 }],
    ['the proxy has much to do', { mirrorWhileInFlightMax: 0 }],
  ])('are left out when %s', async (_what, limits) => {
    const { fixture, shadow } = await mirrored(hanging, 100, limits);
    await using _ = fixture;
    expect((await fixture.ask()).status).toBe(200);
    expect(await fixture.metric(DROPPED)).toBe(1);
    expect(shadow.received).toEqual([]);
  });

  it('are as many as the percentage says, by the bucket of a key, and none of a request whose revision was chosen', async () => {
    const { fixture, shadow, route } = await mirrored(answering({}), 0);
    await using _ = fixture;
    expect((await fixture.ask()).status).toBe(200);
    fixture.route([{ ...route, mirror: { revisionId: 'rev-2', percent: 50 } }]);
    // The buckets of the keys a and b of the deployment d1 are 4 847 and 5 669.
    for (let i = 0; i < 4; i += 1) await fixture.ask({ headers: { 'x-session-id': 'a' } });
    for (let i = 0; i < 4; i += 1) await fixture.ask({ headers: { 'x-session-id': 'b' } });
    fixture.route([{ ...route, mirror: { revisionId: 'rev-2', percent: 100 } }]);
    for (const pin of ['1', '2']) expect((await fixture.ask({ token: PINNER.token, headers: { 'x-revision-id': pin } })).status).toBe(200);
    await eventually(() => shadow.received.length >= 5, 'the copies arrive');
    expect(await fixture.metric('slipway_proxy_mirrored_requests_total{deployment="default/tiny",revision="rev-2"}')).toBe(4);
  });

  it('keep no proxy from stopping, and are then nobody’s failure', async () => {
    const { fixture, serving, shadow, row } = await mirrored(hanging);
    expect((await fixture.ask()).status).toBe(200);
    await eventually(() => shadow.received.length === 1, 'the copy arrives');
    expect(await fixture.proxy.stop()).toEqual({ cutRequests: 0 });
    expect(row()).toMatchObject({ failures: 0, excluded: 1, inFlight: 0 });
    await serving.kill();
    await shadow.kill();
  });
});
