import { eventually } from './testing/condition.js';
import { ENGINES } from './testing/engines.js';
import { errorOf, ProxyFixture, type OpenAiErrorBody } from './testing/proxy-fixture.js';
import { parseAnswers, RawClient } from './testing/raw-client.js';
import { answering, CHAT_COMPLETION } from './testing/scripted-upstream.js';
import { TOKEN } from './testing/table-fixtures.js';

const AUTH = `authorization: Bearer ${TOKEN}`;
const BODY = '{"model":"tiny"}';
const HEAD = `POST /v1/completions HTTP/1.1\r\nhost: x\r\n${AUTH}\r\n`;

/** Each is a request that two parsers could read in two ways, or that is not HTTP/1.1; `GET /smuggled` hides in some. */
const SMUGGLING: readonly (readonly [string, string])[] = [
  ['content-length and transfer-encoding', `${HEAD}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n`],
  ['transfer-encoding and content-length', `${HEAD}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n`],
  ['two content-lengths that differ', `${HEAD}content-length: 16\r\ncontent-length: 0\r\n\r\n${BODY}`],
  ['two content-lengths that agree', `${HEAD}content-length: 16\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['a list of content-lengths', `${HEAD}content-length: 16, 16\r\n\r\n${BODY}`],
  ['a content-length with a sign', `${HEAD}content-length: +16\r\n\r\n${BODY}`],
  ['a negative content-length', `${HEAD}content-length: -16\r\n\r\n${BODY}`],
  ['a hexadecimal content-length', `${HEAD}content-length: 0x10\r\n\r\n${BODY}`],
  ['a content-length beyond all bounds', `${HEAD}content-length: 99999999999999999999999\r\n\r\n${BODY}`],
  ['a space before the colon', `${HEAD}content-length : 16\r\n\r\n${BODY}`],
  ['a space before the colon of transfer-encoding', `${HEAD}transfer-encoding : chunked\r\n\r\n0\r\n\r\n`],
  ['a transfer-encoding that is not chunked', `${HEAD}transfer-encoding: gzip\r\n\r\n${BODY}`],
  ['chunked among other encodings', `${HEAD}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ['chunked said twice', `${HEAD}transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n`],
  ['transfer-encoding given twice', `${HEAD}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n`],
  ['a misspelt chunked', `${HEAD}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ['chunked behind a vertical tab', `${HEAD}transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
  ['a folded header', `${HEAD}x-folded: one\r\n two\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['a bare carriage return in a header', `${HEAD}x-bare: a\rtransfer-encoding: chunked\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['a bare line feed between headers', `${HEAD}x-bare: a\ncontent-length: 16\r\n\r\n${BODY}`],
  ['line feeds only', `POST /v1/completions HTTP/1.1\nhost: x\n${AUTH}\ncontent-length: 16\n\n${BODY}`],
  ['a NUL in a header', `${HEAD}x-nul: a\0b\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['a header name with a space', `${HEAD}x name: a\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['a header without a name', `${HEAD}: a\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['a header line without a colon', `${HEAD}nonsense\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['two hosts', `POST /v1/completions HTTP/1.1\r\nhost: x\r\nHOST: y\r\n${AUTH}\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['no host', `POST /v1/completions HTTP/1.1\r\n${AUTH}\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['an absolute target', `POST http://other/v1/completions HTTP/1.1\r\nhost: x\r\n${AUTH}\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['a target without a slash', `POST v1/completions HTTP/1.1\r\nhost: x\r\n${AUTH}\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['a fragment in the target', `POST /v1/completions#x HTTP/1.1\r\nhost: x\r\n${AUTH}\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['a tab in the request line', `POST\t/v1/completions HTTP/1.1\r\nhost: x\r\n${AUTH}\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['an unknown version', `POST /v1/completions HTTP/3.7\r\nhost: x\r\n${AUTH}\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['HTTP/0.9', 'GET /v1/models\r\n\r\n'],
  ['an unknown method', `BREW /v1/completions HTTP/1.1\r\nhost: x\r\n${AUTH}\r\ncontent-length: 16\r\n\r\n${BODY}`],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['a chunk size that is no number', `${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n${BODY}\r\n0\r\n\r\n`],
  ['a chunk size beyond all bounds', `${HEAD}transfer-encoding: chunked\r\n\r\nfffffffffffffffffff\r\n${BODY}\r\n0\r\n\r\n`],
  ['a chunk longer than it said', `${HEAD}transfer-encoding: chunked\r\n\r\n1\r\n${BODY}\r\n0\r\n\r\n`],
  ['a chunk ended by a bare line feed', `${HEAD}transfer-encoding: chunked\r\n\r\n10\n${BODY}\n0\r\n\r\n`],
];

describe.each(ENGINES)('hostile clients before $name', ({ engine }) => {
  it.each(SMUGGLING)('refuses %s, ends the connection, and lets nothing through', async (_what, bytes) => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine });
    using client = await RawClient.connect(fixture.proxy.port);
    client.send(bytes);
    const heard = await client.untilClosed();
    const answers = parseAnswers(heard);
    expect(answers).toHaveLength(1);
    expect(answers[0]?.status).toBe(400);
    expect(answers[0]?.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect((JSON.parse(answers[0]?.body ?? '') as OpenAiErrorBody).error.type).toBe('invalid_request_error');
    expect(fixture.upstream.received).toEqual([]);
  });

  it('answers 408 to a client that never ends its head, and to one that never ends its body', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine, limits: { headTimeoutMs: 1_000, requestTimeoutMs: 1_500 } });
    using head = await RawClient.connect(fixture.proxy.port);
    using body = await RawClient.connect(fixture.proxy.port);
    head.send('POST /v1/completions HTTP/1.1\r\nhost: x\r\nx-slow: ');
    body.send(`${HEAD}content-length: 1000\r\n\r\n{`);
    const drip = setInterval(() => {
      head.send('a');
      body.send(' ');
    }, 20);
    const heard = await Promise.all([head.untilClosed(), body.untilClosed()]);
    clearInterval(drip);
    for (const text of heard) {
      expect(parseAnswers(text)[0]?.status).toBe(408);
      expect(text).toContain('"request_timeout"');
    }
    expect(fixture.upstream.received).toEqual([]);
    expect(await fixture.metric('slipway_proxy_held_requests')).toBe(0);
    expect(await fixture.metric('slipway_proxy_buffered_bytes')).toBe(0);
  });

  it('closes a connection that stays idle', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine, limits: { idleKeepAliveMs: 50 } });
    using client = await RawClient.connect(fixture.proxy.port);
    client.send(`${HEAD}content-length: 16\r\n\r\n${BODY}`);
    expect(parseAnswers(await client.untilClosed())[0]?.status).toBe(200);
  });

  it('answers 431 to a head that is too large or has too many headers', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine });
    for (const headers of [`x-long: ${'a'.repeat(20_000)}\r\n`, 'x-many: 1\r\n'.repeat(101)]) {
      using client = await RawClient.connect(fixture.proxy.port);
      client.send(`${HEAD}${headers}content-length: 16\r\n\r\n${BODY}`);
      const [answer] = parseAnswers(await client.untilClosed());
      expect(answer?.status).toBe(431);
      expect(answer?.body).toContain('"headers_too_large"');
    }
    expect(fixture.upstream.received).toEqual([]);
  });

  it('answers 413 to a body that is too large, whether it says so or not, and the client gets to see it', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine, limits: { bodyBytesMax: 1_000 } });
    const stated = await RawClient.connect(fixture.proxy.port);
    stated.send(`${HEAD}content-length: 100000\r\n\r\n`);
    const unstated = await RawClient.connect(fixture.proxy.port);
    unstated.send(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
    for (let i = 0; i < 20; i += 1) unstated.send(`64\r\n${' '.repeat(100)}\r\n`);
    for (const client of [stated, unstated]) {
      const [answer] = parseAnswers(await client.untilClosed());
      expect(answer?.status).toBe(413);
      expect(answer?.body).toContain('"request_too_large"');
    }
    expect(await errorOf(await fixture.ask({ body: `{"model":"${'x'.repeat(60_000)}"}` }))).toMatchObject({ status: 413 });
    expect(await fixture.metric('slipway_proxy_held_requests')).toBe(0);
    expect(await fixture.metric('slipway_proxy_buffered_bytes')).toBe(0);
  });

  it.each([
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'invalid_utf8'],
    ['a torn surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'invalid_utf8'],
    ['what is not JSON', Buffer.from('model=tiny'), 'invalid_json'],
    ['half of a JSON object', Buffer.from('{"model":"tiny"'), 'invalid_json'],
    ['nothing', Buffer.from(' '), 'invalid_json'],
    ['a JSON array', Buffer.from('[{"model":"tiny"}]'), 'invalid_json'],
    ['10 000 nested arrays and no model', Buffer.from(`{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`), 'missing_model'],
    ['half a million brackets never closed', Buffer.from(`{"a":${'['.repeat(500_000)}`), 'invalid_json'],
    ['a model that is no string', Buffer.from('{"model":["tiny"]}'), 'missing_model'],
    ['an empty model', Buffer.from('{"model":""}'), 'missing_model'],
    ['a model of 10 000 characters', Buffer.from(`{"model":"${'m'.repeat(10_000)}"}`), 'missing_model'],
  ])('answers 400 to %s', async (_what, body, code) => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine });
    expect(await errorOf(await fixture.ask({ body }))).toMatchObject({ status: 400, type: 'invalid_request_error', code });
    expect(fixture.upstream.received).toEqual([]);
  });

  it('survives JSON nested 10 000 deep and leaves it to the engine', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine });
    const body = `{"model":"tiny","a":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`;
    expect((await fixture.ask({ body })).status).toBe(200);
    expect(fixture.upstream.received[0]?.body.length).toBe(body.length);
  });

  it('holds no more requests, and no more bytes, than it may: 503 with a time to come again', async () => {
    await using fixture = await ProxyFixture.before(() => undefined, { engine, limits: { inFlightMax: 2, bufferedBytesMax: 5_000 } });
    const leave = new AbortController();
    const pending = [1, 2].map(() => fixture.ask({ signal: leave.signal }).catch(() => null));
    await eventually(() => fixture.upstream.received.length === 2, 'two requests are held');
    const refused = await fixture.ask();
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await errorOf(refused)).toMatchObject({ status: 503, code: 'overloaded' });
    leave.abort();
    await Promise.all(pending);
    await eventually(async () => (await fixture.metric('slipway_proxy_held_requests')) === 0, 'they are let go');
    expect(await errorOf(await fixture.ask({ body: `{"model":"tiny","a":"${'x'.repeat(6_000)}"}` }))).toMatchObject({ status: 503, code: 'overloaded' });
    expect(await fixture.metric('slipway_proxy_buffered_bytes')).toBe(0);
  });

  it('accepts no more connections than it may', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine, limits: { connectionsMax: 3 } });
    const clients = await Promise.all(Array.from({ length: 8 }, () => RawClient.connect(fixture.proxy.port)));
    await eventually(() => clients.filter((client) => client.closed).length === 5, 'five of eight are turned away');
    for (const client of clients) client.leave();
  });

  it('passes a client’s headers on but for those that end here, and never its credentials', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine });
    using client = await RawClient.connect(fixture.proxy.port);
    const sent = ['x-custom: kept', 'OpenAI-Organization: kept', 'traceparent: 00-a-b-01', 'x-forwarded-for: 1.2.3.4', 'X-Forwarded-Host: evil', 'forwarded: for=1.2.3.4', 'x-slipway-draining: 1', 'x-route-version: 1', 'proxy-authorization: Basic aaaa', 'cookie: session=1', 'x-hop: gone', 'te: trailers', 'connection: close, x-hop'];
    client.send(`${HEAD}${sent.join('\r\n')}\r\ncontent-length: 16\r\n\r\n${BODY}`);
    await client.untilClosed();
    const headers = fixture.upstream.received[0]?.headers ?? {};
    expect(headers).toMatchObject({ 'x-custom': 'kept', 'openai-organization': 'kept', traceparent: '00-a-b-01', authorization: 'Bearer key-of-r1' });
    expect(headers['host']).toBe(`127.0.0.1:${fixture.upstream.port}`);
    for (const name of ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'x-slipway-draining', 'x-route-version', 'proxy-authorization', 'cookie', 'x-hop', 'te'])
      expect(headers[name]).toBeUndefined();
    expect(JSON.stringify(headers)).not.toContain(TOKEN);
  });

  it('passes on nothing of an answer that is about the connection to the replica, or claims to come from here', async () => {
    const headers = { 'x-slipway-secret': '1', 'x-route-version': '999', 'x-request-id': 'forged', 'x-hop': 'gone', connection: 'keep-alive, x-hop' };
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION, 200, headers), { engine });
    const answer = await fixture.ask({ headers: { 'x-request-id': 'mine' } });
    expect(answer.headers.get('x-slipway-secret')).toBeNull();
    expect(answer.headers.get('x-hop')).toBeNull();
    expect(answer.headers.get('x-route-version')).toBe('7');
    expect(answer.headers.get('x-request-id')).toBe('mine');
  });
});
