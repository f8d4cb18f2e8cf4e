import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Script } from 'node:vm';
import { WebSocket } from 'ws';
import { harbour } from './fixtures/fleet.fixture.js';
import { startFleet, TOKEN, type Fleet } from './fixtures/running-gateway.fixture.js';
import { until } from './fixtures/until.fixture.js';

const BODY_BYTES_MAX = 32 * 1_024;

describe('the door of the gateway', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet('in-process', { door: { bodyBytesMax: BODY_BYTES_MAX } });
  });
  afterAll(() => fleet.close());

  const url = (path = '/graphql'): string => `${fleet.gateway.url}${path}`;
  const errorOf = async (response: Response): Promise<{ message: string; extensions: Record<string, unknown> }> => {
    const { errors } = (await response.json()) as { errors: { message: string; extensions: Record<string, unknown> }[] };
    return errors[0] ?? { message: 'no error', extensions: {} };
  };
  const raw = async (text: string, to = fleet): Promise<Socket> => {
    const { hostname, port } = new URL(to.gateway.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  };

  describe('bodies', () => {
    const filled = (bytes: number): string => {
      const empty = JSON.stringify({ query: '{ sailorCount }', extensions: { x: '' } });
      return JSON.stringify({ query: '{ sailorCount }', extensions: { x: 'x'.repeat(bytes - empty.length) } });
    };

    it('accepts a body of exactly the limit and refuses one byte more with 413 QUERY_TOO_LARGE', async () => {
      expect((await fleet.post(filled(BODY_BYTES_MAX))).status).toBe(200);
      const response = await fleet.post(filled(BODY_BYTES_MAX + 1));
      expect(response.status).toBe(413);
      expect((await errorOf(response)).extensions).toMatchObject({ code: 'QUERY_TOO_LARGE', fields: { sizeBytesMax: BODY_BYTES_MAX } });
    });

    it('refuses a 10 MB query, announced or chunked, without keeping it', async () => {
      const big = JSON.stringify({ query: `{ sailorCount }${' '.repeat(10_000_000)}` });
      expect((await fleet.post(big)).status).toBe(413);
      const chunked = await fetch(url(), {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
        body: new Blob([big]).stream(),
        duplex: 'half',
      } as RequestInit);
      expect(chunked.status).toBe(413);
    });

    it.each([
      ['10 000-deep JSON', `{"query":"{ sailorCount }","variables":{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`, 'nests deeper than 64'],
      ['text that is not JSON', '{"query": ', 'is not valid JSON'],
      ['a batch', '[{"query":"{ sailorCount }"}]', 'batches are not accepted'],
      ['no query', '{"variables":{}}', 'query'],
      ['a query that is a number', '{"query":1}', 'query'],
      ['variables that are a list', '{"query":"{ sailorCount }","variables":[]}', 'variables'],
      ['nothing', '', 'is not valid JSON'],
    ])('answers %s with 400 and INVALID_INPUT', async (_name, body, problem) => {
      const response = await fleet.post(body);
      expect(response.status).toBe(400);
      const { message, extensions } = await errorOf(response);
      expect(extensions).toMatchObject({ code: 'INVALID_INPUT', status: 400 });
      expect(message).toContain(problem);
    });

    it('answers invalid UTF-8 with 400', async () => {
      const body = Buffer.concat([Buffer.from('{"query":"{ ship(id: \\"'), Buffer.from([0xc3, 0x28]), Buffer.from('\\") { id } }"}')]);
      const response = await fetch(url(), { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` }, body });
      expect(response.status).toBe(400);
      expect((await errorOf(response)).message).toContain('not valid UTF-8');
    });

    it('accepts application/json only, so that no form of another site can post', async () => {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']) {
        expect((await fleet.post({ query: '{ sailorCount }' }, { 'content-type': type })).status).toBe(415);
      }
      expect((await fleet.post({ query: '{ sailorCount }' }, { 'content-type': 'Application/JSON; charset=utf-8' })).status).toBe(200);
      expect((await fleet.post({ query: '{ sailorCount }' }, { 'content-encoding': 'gzip' })).status).toBe(415);
    });

    it('knows one path and two methods', async () => {
      const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
      expect((await fetch(url('/elsewhere'), { method: 'POST', headers, body: '{}' })).status).toBe(404);
      expect((await fetch(url(), { method: 'PUT', headers, body: '{}' })).status).toBe(405);
    });

    it('closes a WebSocket that sends more than the limit (1009), and refuses deep variables on one', async () => {
      const socket = new WebSocket(url().replace('http', 'ws'), 'graphql-transport-ws', { headers: { authorization: `Bearer ${TOKEN}` } });
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'connection_init' }));
      await once(socket, 'message');
      const deep = `{"id":"1","type":"subscribe","payload":{"query":"{ sailorCount }","variables":{"a":${'['.repeat(100)}${']'.repeat(100)}}}}`;
      socket.send(deep);
      expect(JSON.parse(String((await once(socket, 'message'))[0]))).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code: 'INVALID_INPUT' } }] });
      socket.send('x'.repeat(BODY_BYTES_MAX + 1));
      expect((await once(socket, 'close'))[0]).toBe(1009);
    });
  });

  it.each(['//', '/\\\\', '/%', '/graphql?variables=%', '/?%', 'http://[', '*'])('survives the request target %s', async (target) => {
    const socket = await raw(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`);
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 (200|400|404)/);
    socket.destroy();
    const upgrading = await raw(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`);
    expect(String((await once(upgrading, 'data'))[0])).toMatch(/^HTTP\/1.1 (400|404)/);
    upgrading.destroy();
  });

  describe('slow clients', () => {
    /** Of a door that has hardly any patience. */
    let hasty: Fleet;
    beforeAll(async () => {
      hasty = await startFleet('in-process', { door: { headersTimeoutMs: 500, requestTimeoutMs: 1_000, answerTimeoutMs: 1_000 } });
    });
    afterAll(() => hasty.close());

    it('hangs up on one that does not finish its request head', async () => {
      const socket = await raw('POST /graphql HTTP/1.1\r\nhost: x\r\n', hasty);
      expect(String((await once(socket, 'data'))[0])).toContain('408');
      if (!socket.closed) await once(socket, 'close');
    });

    it('hangs up on one that does not finish its body', async () => {
      const head = `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: 100\r\n\r\n{`;
      const socket = await raw(head, hasty);
      expect(String((await once(socket, 'data'))[0])).toContain('408');
      if (!socket.closed) await once(socket, 'close');
    });

    it('answers UNAVAILABLE when the graph takes too long', async () => {
      let release = (): void => undefined;
      harbour.release = new Promise((resolve) => (release = resolve));
      const response = await hasty.post({ query: '{ slow }' });
      release();
      expect(response.status).toBe(503);
      expect((await errorOf(response)).extensions).toMatchObject({ code: 'UNAVAILABLE', status: 503 });
    });
  });

  describe('open pages', () => {
    it('answers health without a token', async () => {
      expect(await (await fetch(url('/healthz'))).json()).toEqual({ alive: true });
      expect(await (await fetch(url('/readyz'))).json()).toEqual({ ready: true, checks: { graph: { ready: true } } });
    });

    it.each(['/', '/graphql'])('serves browsers the query page at %s, bound to its own script and origin', async (path) => {
      const response = await fetch(url(path), { headers: { accept: 'text/html,*/*' } });
      expect(response.status).toBe(200);
      const html = await response.text();
      const policy = response.headers.get('content-security-policy') ?? '';
      const [, script = ''] = /<script>(.*?)<\/script>/s.exec(html) ?? [];
      expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`);
      expect(policy).toContain("default-src 'none'");
      expect(() => new Script(script)).not.toThrow();
      expect(html).not.toMatch(/https?:\/\/(?!127\.0\.0\.1|localhost)/);
      expect(html).not.toContain(TOKEN);
      expect(html).not.toMatch(/ on\w+=| style=/);
    });
  });

  it('takes no more connections than its limit, and takes new ones when others have left', async () => {
    const small = await startFleet('in-process', { door: { connectionsMax: 2 } });
    const { hostname, port } = new URL(small.gateway.url);
    const open = async (): Promise<Socket> => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    };
    const first = await open();
    const second = await open();
    const third = await open();
    if (!third.closed) await once(third, 'close');
    expect(small.lines.join('')).toContain('connection.dropped');
    expect([first.closed, second.closed]).toEqual([false, false]);
    first.destroy();
    second.destroy();
    await small.close();
  });

  it('finishes a running request before it closes', async () => {
    const closing = await startFleet('in-process');
    let release = (): void => undefined;
    harbour.release = new Promise((resolve) => (release = resolve));
    const running = closing.ask('{ slow }');
    await until(() => closing.lines.length > 0);
    const asked = closing.ask('{ sailorCount }');
    expect(await asked).toEqual({ data: { sailorCount: 42 } });
    const closed = closing.close();
    release();
    expect(await running).toEqual({ data: { slow: 'done' } });
    await closed;
    await expect(closing.ask('{ sailorCount }')).rejects.toThrow('fetch failed');
  });

  it('says which port it could not have', async () => {
    const { port } = new URL(fleet.gateway.url);
    await expect(startFleet('in-process', {}, Number(port))).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
