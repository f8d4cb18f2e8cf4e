import type { FactSource } from './fact-source.js';
import { startProxy } from './proxy.js';
import { eventually } from './testing/condition.js';
import { ENGINES } from './testing/engines.js';
import { CHAT_QUESTION, errorOf, ProxyFixture } from './testing/proxy-fixture.js';
import { answering, CHAT_COMPLETION, hanging } from './testing/scripted-upstream.js';
import { HOLDER, routeTo } from './testing/table-fixtures.js';

const FOREVER_MS = 3_600_000;

describe.each(ENGINES)('waiting for a replica, before $name', ({ engine }) => {
  const waiting = (fixture: ProxyFixture, count: number) =>
    eventually(async () => (await fixture.metric('slipway_proxy_waiting_requests')) === count, `${count} are waiting`);

  it('holds requests while no replica is ready, and serves them as soon as one is', async () => {
    await using fixture = await ProxyFixture.start({ engine, routes: [routeTo([])], limits: { waitForReplicaMs: FOREVER_MS } });
    const upstream = await fixture.upstream(answering(CHAT_COMPLETION));
    const pending = [fixture.ask(), fixture.ask(), fixture.ask()];
    await waiting(fixture, 3);
    fixture.route([routeTo([{ port: upstream.port }])]);
    expect((await Promise.all(pending)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('answers 503 with a time to come again when none becomes ready in time', async () => {
    await using fixture = await ProxyFixture.start({ engine, routes: [routeTo([])], limits: { waitForReplicaMs: 30 } });
    const answer = await fixture.ask();
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(answer.headers.get('x-route-version')).toBe('7');
    expect(await errorOf(answer)).toMatchObject({ status: 503, code: 'model_unavailable' });
  });

  it('has room for so many and no more', async () => {
    await using fixture = await ProxyFixture.start({ engine, routes: [routeTo([])], limits: { waitForReplicaMs: FOREVER_MS, waitingMax: 2 } });
    const leave = new AbortController();
    const pending = [1, 2].map(() => fixture.ask({ signal: leave.signal }).catch(() => null));
    await waiting(fixture, 2);
    expect(await errorOf(await fixture.ask())).toMatchObject({ status: 503, code: 'model_unavailable' });
    leave.abort();
    await Promise.all(pending);
    await waiting(fixture, 0);
  });

  it('carries a request over the crash and restart of its only replica', async () => {
    await using fixture = await ProxyFixture.start({ engine, limits: { waitForReplicaMs: FOREVER_MS } });
    const crashed = await fixture.upstream(hanging);
    fixture.route([routeTo([{ port: crashed.port }])]);
    const pending = fixture.ask();
    await eventually(() => crashed.received.length === 1, 'the replica has it');
    fixture.route([routeTo([])]); // the control plane has noticed
    await crashed.kill();
    await waiting(fixture, 1);
    const restarted = await fixture.upstream(answering(CHAT_COMPLETION));
    fixture.route([routeTo([{ port: restarted.port }])]);
    expect((await pending).status).toBe(200);
  });

  it('looks at a dead replica again after a while, whether the control plane speaks or not', async () => {
    await using fixture = await ProxyFixture.start({ engine, limits: { waitForReplicaMs: FOREVER_MS, avoidReplicaMs: 200 } });
    const crashed = await fixture.upstream(hanging);
    fixture.route([routeTo([{ port: crashed.port }])]);
    await crashed.kill();
    const pending = fixture.ask();
    await waiting(fixture, 1);
    await fixture.upstream(answering(CHAT_COMPLETION), crashed.port);
    expect((await pending).status).toBe(200);
  });

  it('decides anew who may use the model when the wait is over', async () => {
    await using fixture = await ProxyFixture.start({ engine, routes: [routeTo([])], limits: { waitForReplicaMs: FOREVER_MS } });
    const upstream = await fixture.upstream(answering(CHAT_COMPLETION));
    const pending = fixture.ask();
    await waiting(fixture, 1);
    fixture.route([routeTo([{ port: upstream.port }])], [{ ...HOLDER, token: 'another' }]);
    expect((await pending).status).toBe(401);
    expect(upstream.received).toEqual([]);
  });
});

describe.each(ENGINES)('starting $name', ({ engine }) => {
  it('asks clients to come again until it has a routing table: it cannot know yet who may do what', async () => {
    const never: FactSource = {
      async *follow(_after, signal) {
        yield { passed: 1 };
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    };
    const proxy = await startProxy({ host: '127.0.0.1', port: 0, routing: { source: never }, replicaKey: String, engine });
    const base = `http://127.0.0.1:${proxy.port}`;
    const answers = [
      await fetch(`${base}/v1/chat/completions`, { method: 'POST', body: CHAT_QUESTION }),
      await fetch(`${base}/v1/models`),
      await fetch(`${base}/v1/models/tiny`),
    ];
    for (const answer of answers) {
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await errorOf(answer)).toMatchObject({ status: 503, code: 'starting' });
    }
    expect([(await fetch(`${base}/readyz`)).status, (await fetch(`${base}/healthz`)).status]).toEqual([503, 200]);
    await proxy.stop();
  });
});

describe.each(ENGINES)('stopping $name', ({ engine }) => {
  it('ends what runs, accepts nothing more, and is not ready meanwhile', async () => {
    const fixture = await ProxyFixture.before(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: 1\n\n');
        setImmediate(() => void fixture.proxy.stop().then(() => (stopped = true)));
        void eventually(async () => {
          const refused = await fetch(`${fixture.base}/readyz`).then(() => false, () => true);
          return refused;
        }, 'no more is accepted').then(() => response.end('data: 2\n\n'));
      },
      { engine, limits: { drainLimitMs: FOREVER_MS } },
    );
    let stopped = false;
    await using _ = fixture;
    expect((await fixture.ask({ path: '/readyz', method: 'GET' })).status).toBe(200);
    expect(await (await fixture.ask()).text()).toBe('data: 1\n\ndata: 2\n\n');
    await eventually(() => stopped, 'the proxy has stopped');
  });

  it('cuts what runs longer than it may', async () => {
    const fixture = await ProxyFixture.before(hanging, { engine, limits: { drainLimitMs: 30 } });
    const pending = fixture.ask().then(
      () => 'answered',
      () => 'cut',
    );
    await eventually(() => fixture.upstream.received.length === 1, 'the replica has it');
    expect(await fixture.proxy.stop()).toEqual({ cutRequests: 1 });
    expect(await pending).toBe('cut');
    await fixture.upstream.kill();
  });
});
