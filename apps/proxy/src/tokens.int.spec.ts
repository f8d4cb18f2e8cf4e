import { hash } from 'node:crypto';
import { createHttp1ForwardEngine } from './http1-forward-engine.js';
import { OPENAI_ERRORS } from '@slipway/contracts';
import { startProxy } from './proxy.js';
import { ENGINES } from './testing/engines.js';
import { errorOf, ProxyFixture } from './testing/proxy-fixture.js';
import { parseAnswers, RawClient } from './testing/raw-client.js';
import { answering, CHAT_COMPLETION } from './testing/scripted-upstream.js';
import { HOLDER, routeTo, tableOf } from './testing/table-fixtures.js';

const LATER_MS = 4_000_000_000_000;

describe.each(ENGINES)('who may use a model, before $name', ({ engine }) => {
  async function twoModels() {
    const fixture = await ProxyFixture.start({ engine });
    const upstream = await fixture.upstream(answering(CHAT_COMPLETION));
    const tiny = routeTo([{ port: upstream.port }]);
    const other = routeTo([{ port: upstream.port, replicaId: 'o1' }], { deploymentId: 'd2', name: 'other', domain: 'team' });
    fixture.route([tiny, other]);
    return { fixture, upstream, tiny, other };
  }

  it('takes the token of the deployment, and gives the replica its own key instead of it (S1.27)', async () => {
    const { fixture, upstream } = await twoModels();
    await using _ = fixture;
    expect((await fixture.ask()).status).toBe(200);
    expect(upstream.received[0]?.headers['authorization']).toBe('Bearer key-of-r1');
  });

  it.each([
    ['no token', null, {}],
    ['a token nobody made', 'slw-wrong', {}],
    ['another scheme', null, { authorization: 'Basic c2x3LXRlc3QtdG9rZW4=' }],
    ['the token without its scheme', null, { authorization: 'slw-test-token' }],
    ['a token and something behind it', null, { authorization: 'Bearer slw-test-token extra' }],
    ['a token of 10 000 characters', 'x'.repeat(10_000), {}],
    ['the hash of the token', 'f3d1d2', {}],
  ])('answers 401 to %s, before it reads the body', async (_what, token, headers) => {
    const { fixture, upstream } = await twoModels();
    await using _ = fixture;
    const answer = await fixture.ask({ token, headers, body: 'not even JSON' });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(await errorOf(answer)).toMatchObject({ status: 401, type: 'invalid_request_error', code: 'invalid_api_key' });
    expect(upstream.received).toEqual([]);
  });

  it('refuses a token from the moment it expires, and a revoked one from the table that revoked it', async () => {
    const { fixture, tiny } = await twoModels();
    await using _ = fixture;
    fixture.route([tiny], [{ ...HOLDER, expiresAtMs: 1_000 }]);
    expect(await errorOf(await fixture.ask())).toMatchObject({ status: 401, message: OPENAI_ERRORS.expiredApiKey.message });
    fixture.route([tiny], [{ ...HOLDER, expiresAtMs: LATER_MS }]);
    expect((await fixture.ask()).status).toBe(200);
    fixture.route([tiny], []);
    expect(await errorOf(await fixture.ask())).toMatchObject({ status: 401, code: 'invalid_api_key' });
  });

  it('says of a model the token does not open exactly what it says of one that does not exist', async () => {
    const { fixture, upstream } = await twoModels();
    await using _ = fixture;
    const hidden = await errorOf(await fixture.ask({ body: '{"model":"team/other"}' }));
    const absent = await errorOf(await fixture.ask({ body: '{"model":"team/absent"}' }));
    expect(hidden).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
    expect({ ...hidden, message: hidden.message.replace('other', '*') }).toEqual({ ...absent, message: absent.message.replace('absent', '*') });
    expect(upstream.received).toEqual([]);
  });

  it('serves what is open to the public without a token, and with one that means nothing; an expired one is still refused (S1.14)', async () => {
    const { fixture, tiny, other } = await twoModels();
    await using _ = fixture;
    fixture.route([tiny, { ...other, openToPublic: true }], [{ ...HOLDER, expiresAtMs: 1_000 }]);
    const body = '{"model":"other"}';
    expect((await fixture.ask({ token: null, body })).status).toBe(200);
    expect((await fixture.ask({ token: 'anything', body })).status).toBe(200);
    expect((await fixture.ask({ body })).status).toBe(401);
    expect(await errorOf(await fixture.ask({ token: null }))).toMatchObject({ status: 401 });
    expect(await errorOf(await fixture.ask({ token: null, body: '{"model":"absent"}' }))).toMatchObject({ status: 401 });
  });

  it('addresses a model by its name, by its domain and name, and by the host it prefers (S1.4, S1.12)', async () => {
    const { fixture, upstream, tiny, other } = await twoModels();
    await using _ = fixture;
    fixture.route([tiny, { ...other, preferredDomainName: 'Other.Example' }], [{ token: HOLDER.token, deploymentId: 'd2' }]);
    expect((await fixture.ask({ body: '{"model":"other"}' })).status).toBe(200);
    expect((await fixture.ask({ body: '{"model":"team/other"}' })).status).toBe(200);
    expect((await hostAsk(fixture, 'other.EXAMPLE:8000', '{"messages":[]}')).status).toBe(200);
    expect((await hostAsk(fixture, 'other.example', '{"model":"tiny"}')).status).toBe(200);
    expect(upstream.received.at(-1)?.body.toString()).toBe('{"model":"tiny"}');
    expect((await hostAsk(fixture, 'unknown.example', '{"messages":[]}')).status).toBe(400);
  });

  it('lists and shows only the models the caller may use', async () => {
    const { fixture, tiny, other } = await twoModels();
    await using _ = fixture;
    const list = async (token: string | null): Promise<readonly string[]> => {
      const { data } = (await (await fixture.ask({ path: '/v1/models', method: 'GET', token })).json()) as { data: { id: string }[] };
      return data.map(({ id }) => id);
    };
    expect(await list(HOLDER.token)).toEqual(['tiny']);
    expect((await fixture.ask({ path: '/v1/models', method: 'GET', token: null })).status).toBe(401);
    fixture.route([tiny, { ...other, openToPublic: true }]);
    expect(await list(HOLDER.token)).toEqual(['tiny', 'other']);
    expect(await list(null)).toEqual(['other']);
    const show = async (model: string, token: string | null = HOLDER.token) => (await fixture.ask({ path: `/v1/models/${model}`, method: 'GET', token })).status;
    expect(await Promise.all([show('tiny'), show('default/tiny'), show('default%2Ftiny'), show('team/other', null)])).toEqual([200, 200, 200, 200]);
    expect(await Promise.all([show('absent'), show('tiny', null), show('%ff')])).toEqual([404, 401, 404]);
  });

  it('answers 404 to unknown paths and 405 to known ones asked in another way, with what they take', async () => {
    const { fixture } = await twoModels();
    await using _ = fixture;
    for (const path of ['/', '/v1', '/v1/', '/v2/chat', '/metrics/x', '/v1/../metrics', '/v1//completions', '/v1/%63hat', '/v1/chat.completions', '/v1/load_lora_adapter'])
      expect(await rawStatus(fixture, 'POST', path)).toBe(404);
    const wrong = await fixture.ask({ method: 'GET' });
    expect(wrong.headers.get('allow')).toBe('POST');
    expect(await errorOf(wrong)).toMatchObject({ status: 405, code: 'method_not_allowed' });
    expect((await fixture.ask({ path: '/v1/models' })).status).toBe(405);
  });

  it('gives every answer an id, the client’s own if that is fit, and route and revision as far as it got', async () => {
    const { fixture } = await twoModels();
    await using _ = fixture;
    const headersOf = async (question: Parameters<ProxyFixture['ask']>[0]) => {
      const { headers } = await fixture.ask(question);
      return ['x-request-id', 'x-route-version', 'x-revision-id'].map((name) => headers.get(name));
    };
    expect(await headersOf({ headers: { 'x-request-id': 'abc-1' } })).toEqual(['abc-1', '7', 'rev-1']);
    expect(await headersOf({ body: '{"model":"absent"}', headers: { 'x-request-id': 'abc-2' } })).toEqual(['abc-2', null, null]);
    for (const unfit of ['a b', 'x'.repeat(129), 'caf\u00e9']) expect((await headersOf({ headers: { 'x-request-id': unfit } }))[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect((await headersOf({ path: '/nothing', method: 'GET' }))[0]).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('metrics', () => {
  it('are for programs on this machine only, unless an operator’s token is set; then for its holder only', async () => {
    await using fixture = await ProxyFixture.start({ engine: createHttp1ForwardEngine });
    const ask = (headers: Record<string, string>) => fixture.ask({ path: '/metrics', method: 'GET', headers });
    expect((await ask({})).status).toBe(200);
    expect((await ask({ 'x-forwarded-for': '8.8.8.8' })).status).toBe(403);
    expect((await hostAsk(fixture, 'rebound.example', null, '/metrics')).status).toBe(403);

    const options = { host: '127.0.0.1', port: 0, routing: { table: tableOf([]) }, replicaKey: String, operatorTokenHash: hash('sha256', 'op', 'hex') };
    const proxy = await startProxy(options);
    const status = async (headers: Record<string, string>) => (await fetch(`http://127.0.0.1:${proxy.port}/metrics`, { headers })).status;
    expect([await status({}), await status({ authorization: 'Bearer op' }), await status({ authorization: 'Bearer no' })]).toEqual([403, 200, 403]);
    await proxy.stop();
  });
});

/** `fetch` does not let a program set the host. */
async function hostAsk(fixture: ProxyFixture, host: string, body: string | null, path = '/v1/chat/completions') {
  using client = await RawClient.connect(fixture.proxy.port);
  const method = body === null ? 'GET' : 'POST';
  const length = body === null ? '' : `content-length: ${body.length}\r\n`;
  client.send(`${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${HOLDER.token}\r\nconnection: close\r\n${length}\r\n${body ?? ''}`);
  return parseAnswers(await client.untilClosed())[0] ?? { status: 0 };
}

/** Nor does it leave a path as it is. */
async function rawStatus(fixture: ProxyFixture, method: string, path: string): Promise<number> {
  using client = await RawClient.connect(fixture.proxy.port);
  client.send(`${method} ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${HOLDER.token}\r\nconnection: close\r\ncontent-length: 16\r\n\r\n{"model":"tiny"}`);
  return parseAnswers(await client.untilClosed())[0]?.status ?? 0;
}
