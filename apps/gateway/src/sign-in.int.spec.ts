import { once } from 'node:events';
import { WebSocket } from 'ws';
import { startFleet, TOKEN, type Fleet } from './fixtures/running-gateway.fixture.js';

describe('signing in', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet('in-process');
  });
  afterAll(() => fleet.close());

  const url = (): string => `${fleet.gateway.url}/graphql`;

  it.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer slipway_admin_wrong' }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
    ['a token with more after it', { authorization: `Bearer ${TOKEN} x` }],
    ['an absurdly long token', { authorization: `Bearer ${'x'.repeat(5_000)}` }],
  ])('answers %s with 401 and UNAUTHENTICATED, before it reads the body', async (_name, headers: Record<string, string>) => {
    const response = await fetch(url(), { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: 'not even JSON' });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    const { message, extensions } = ((await response.json()) as { errors: { message: string; extensions: object }[] }).errors[0] ?? { message: '', extensions: {} };
    expect(extensions).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
    expect(message).toContain('/data/admin-token');
  });

  it('asks introspection and SSE for the token too', async () => {
    const body = JSON.stringify({ query: '{ __schema { queryType { name } } }' });
    for (const accept of ['application/json', 'text/event-stream']) {
      expect((await fetch(url(), { method: 'POST', headers: { 'content-type': 'application/json', accept }, body })).status).toBe(401);
    }
  });

  it.each([
    ['none', undefined],
    ['a wrong one', { authorization: 'Bearer wrong' }],
    ['one that is not text', { authorization: { $ne: null } }],
  ])('closes a WebSocket that signs in with %s as 4401, which clients do not retry', async (_name, payload) => {
    const socket = new WebSocket(url().replace('http', 'ws'), 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload }));
    expect((await once(socket, 'close'))[0]).toBe(4401);
  });

  it('closes a WebSocket that does not sign in in time, or subscribes before it has', async () => {
    const hasty = await startFleet('in-process', { door: { signInTimeoutMs: 200 } });
    const idle = new WebSocket(`${hasty.gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    expect((await once(idle, 'close'))[0]).toBe(4408);
    await hasty.close();
    const early = new WebSocket(url().replace('http', 'ws'), 'graphql-transport-ws');
    await once(early, 'open');
    early.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ sailorCount }' } }));
    expect((await once(early, 'close'))[0]).toBe(4401);
  });

  it('accepts the header of the WebSocket upgrade', async () => {
    const socket = new WebSocket(url().replace('http', 'ws'), 'graphql-transport-ws', { headers: { authorization: `Bearer ${TOKEN}` } });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    expect(JSON.parse(String((await once(socket, 'message'))[0]))).toEqual({ type: 'connection_ack' });
    socket.close();
  });

  it('never logs a token', () => {
    expect(fleet.lines.join('')).not.toContain(TOKEN);
  });
});
