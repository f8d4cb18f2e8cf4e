import { totalOf, type TrafficKind } from '@slipway/domain';
import type { ServerResponse } from 'node:http';
import { eventually } from './testing/condition.js';
import { ENGINES } from './testing/engines.js';
import { CHAT_QUESTION, ProxyFixture } from './testing/proxy-fixture.js';
import { answering, CHAT_COMPLETION, chatChunks, resetting, type Script } from './testing/scripted-upstream.js';
import { routeTo } from './testing/table-fixtures.js';

const HOUR_MS = 3_600_000;
const STREAM = { 'content-type': 'text/event-stream' };

const streaming: Script = (_request, response) => {
  response.writeHead(200, STREAM);
  for (const event of chatChunks(['a', 'b', 'c'])) response.write(event);
  response.end();
};

describe.each(ENGINES)('what is counted behind $name', ({ engine }) => {
  const limits = { trafficIntervalMs: 5, avoidReplicaMs: HOUR_MS };

  /** The last that was told of a replica. */
  const told = (fixture: ProxyFixture, replicaId = 'r1', kind: TrafficKind = 'served') =>
    fixture.traffic.flatMap(({ rows }) => rows).findLast((row) => row.replicaId === replicaId && row.kind === kind);
  const counted = (fixture: ProxyFixture, expected: Record<string, unknown>, replicaId = 'r1') =>
    eventually(() => {
      const row = told(fixture, replicaId) as Record<string, unknown> | undefined;
      return row !== undefined && Object.entries(expected).every(([key, value]) => row[key] === value);
    }, `${replicaId}: ${JSON.stringify(expected)}`);

  it('is every answer with its latency and its tokens', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine, limits });
    for (let i = 0; i < 3; i += 1) await (await fixture.ask()).text();
    await counted(fixture, { successes: 3, failures: 0, excluded: 0, inFlight: 0, promptTokens: 9, completionTokens: 6, deploymentId: 'd1', revisionId: 'rev-1' });
    expect(totalOf(told(fixture)?.latency ?? [])).toBe(3);
    expect(totalOf(told(fixture)?.timeToFirstToken ?? [])).toBe(0);
  });

  it('is the first byte of a stream and the time of the tokens after it, and the bytes are as the engine sent them', async () => {
    await using fixture = await ProxyFixture.before(streaming, { engine, limits });
    expect(await (await fixture.ask()).text()).toBe(chatChunks(['a', 'b', 'c']).join(''));
    await counted(fixture, { successes: 1, promptTokens: null });
    expect(totalOf(told(fixture)?.timeToFirstToken ?? [])).toBe(1);
    expect(totalOf(told(fixture)?.timePerOutputToken ?? [])).toBe(1);
  });

  it('is a failure of the engine’s with each 5xx, and none with what the client got wrong', async () => {
    await using fixture = await ProxyFixture.before(answering({ error: {} }, 500), { engine, limits });
    await (await fixture.ask()).text();
    await (await fixture.ask()).text();
    fixture.upstream.follow(answering({ error: {} }, 400));
    await (await fixture.ask()).text();
    await counted(fixture, { successes: 0, failures: 2, failuresInARow: 2, excluded: 1 });
    fixture.upstream.follow(answering(CHAT_COMPLETION));
    await (await fixture.ask()).text();
    await counted(fixture, { successes: 1, failures: 2, failuresInARow: 0 });
  });

  it('is a failure of the replica that failed also when another saved the client', async () => {
    await using fixture = await ProxyFixture.start({ engine, limits });
    const bad = await fixture.upstream(resetting);
    const good = await fixture.upstream(answering(CHAT_COMPLETION));
    fixture.route([
      routeTo([], {
        revisions: [
          { revisionId: 'rev-2', weightPercent: 100, replicas: [{ replicaId: 'bad', revisionId: 'rev-2', host: '127.0.0.1', port: bad.port }] },
          { revisionId: 'rev-1', weightPercent: 0, replicas: [{ replicaId: 'good', revisionId: 'rev-1', host: '127.0.0.1', port: good.port }] },
        ],
      }),
    ]);
    expect((await fixture.ask()).status).toBe(200);
    await counted(fixture, { successes: 0, failures: 1, failuresInARow: 1, revisionId: 'rev-2' }, 'bad');
    await counted(fixture, { successes: 1, failures: 0, revisionId: 'rev-1' }, 'good');
  });

  it('is a failure when the engine cuts a stream', async () => {
    const script: Script = (_request, response, socket) => {
      response.writeHead(200, STREAM);
      response.write('data: {}\n\n', () => socket.resetAndDestroy());
    };
    await using fixture = await ProxyFixture.before(script, { engine, limits });
    await expect(fixture.ask().then((answer) => answer.text())).rejects.toThrow();
    await counted(fixture, { successes: 0, failures: 1, excluded: 0 });
  });

  it('is a success when the client has had enough of a stream, and nothing when it leaves before the first byte', async () => {
    let open: ServerResponse | null = null;
    const script: Script = (_request, response) => void (open = response);
    await using fixture = await ProxyFixture.before(script, { engine, limits });
    const early = new AbortController();
    const left = fixture.ask({ signal: early.signal }).catch(() => null);
    await counted(fixture, { inFlight: 1 });
    early.abort();
    await left;
    await counted(fixture, { successes: 0, failures: 0, excluded: 1, inFlight: 0 });

    fixture.upstream.follow((_request, response) => {
      open = response;
      response.writeHead(200, STREAM);
      response.write('data: {}\n\n');
    });
    const late = new AbortController();
    const answer = await fixture.ask({ signal: late.signal });
    const { value } = (await answer.body?.getReader().read()) ?? {};
    expect(Buffer.from(value ?? []).toString()).toBe('data: {}\n\n');
    late.abort();
    await counted(fixture, { successes: 1, failures: 0, excluded: 1, inFlight: 0 });
    expect(totalOf(told(fixture)?.latency ?? [])).toBe(0);
    expect(totalOf(told(fixture)?.timeToFirstToken ?? [])).toBe(1);
    (open as ServerResponse | null)?.destroy();
  });

  it('is neither for nor against a replica that hands a request over because it is draining', async () => {
    await using fixture = await ProxyFixture.start({ engine, limits });
    const draining = await fixture.upstream(answering({}, 503, { 'x-slipway-draining': '1' }));
    const other = await fixture.upstream(answering(CHAT_COMPLETION));
    const at = (replicaId: string, port: number) => ({ replicaId, revisionId: 'rev-1', host: '127.0.0.1', port });
    fixture.route([
      routeTo([], {
        revisions: [
          { revisionId: 'rev-1', weightPercent: 100, replicas: [at('leaving', draining.port)] },
          { revisionId: 'rev-0', weightPercent: 0, replicas: [at('other', other.port)] },
        ],
      }),
    ]);
    expect((await fixture.ask({ body: CHAT_QUESTION })).status).toBe(200);
    await counted(fixture, { successes: 0, failures: 0, excluded: 0, inFlight: 0 }, 'leaving');
  });

  it('is kept when a replica leaves the table and comes back', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine, limits });
    const route = routeTo([{ port: fixture.upstream.port }]);
    await (await fixture.ask()).text();
    await counted(fixture, { successes: 1 });
    fixture.route([routeTo([])]);
    fixture.route([route]);
    await (await fixture.ask()).text();
    await counted(fixture, { successes: 2 });
  });
});
