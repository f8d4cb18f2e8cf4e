import type { ServerResponse } from 'node:http';
import { eventually } from './testing/condition.js';
import { ENGINES } from './testing/engines.js';
import { CHAT_QUESTION, errorOf, ProxyFixture } from './testing/proxy-fixture.js';
import { RawClient } from './testing/raw-client.js';
import { answering, CHAT_COMPLETION, chatChunks, hanging } from './testing/scripted-upstream.js';
import { TOKEN } from './testing/table-fixtures.js';

const MIB = 1024 * 1024;

describe.each(ENGINES)('forwarding by $name', ({ engine }) => {
  it('carries a request to the replica and its answer back, byte for byte', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION, 200, { 'x-own': 'kept' }), { engine });
    const body = `{ "model":"tiny",  "messages":[{"role":"user","content":"h\\u00e9llo ✓"}] , "unknown_field": [1e3]}`;
    const answer = await fixture.ask({ body, path: '/v1/chat/completions?beta=true' });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(JSON.stringify(CHAT_COMPLETION));
    expect(answer.headers.get('x-own')).toBe('kept');
    const [received] = fixture.upstream.received;
    expect(received?.url).toBe('/v1/chat/completions?beta=true');
    expect(received?.body.toString('utf8')).toBe(body);
  });

  it('passes on an error of the engine as it is', async () => {
    const error = { error: { message: 'max_tokens is too large', type: 'invalid_request_error', param: 'max_tokens', code: null } };
    await using fixture = await ProxyFixture.before(answering(error, 400), { engine });
    const answer = await fixture.ask();
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual(error);
  });

  it.each([300, 16 * 1024, 200_000, 2 * MIB])('carries bodies of %i bytes both ways', async (size) => {
    await using fixture = await ProxyFixture.before((request, response) => void response.end(request.body), { engine });
    const frame = JSON.stringify({ model: 'tiny', input: '' });
    const body = JSON.stringify({ model: 'tiny', input: 'x'.repeat(size - frame.length) });
    const answer = await fixture.ask({ path: '/v1/embeddings', body });
    expect((await answer.text()) === body).toBe(true);
  });

  it('takes a chunked request body', async () => {
    await using fixture = await ProxyFixture.before((request, response) => void response.end(request.body), { engine });
    using client = await RawClient.connect(fixture.proxy.port);
    client.send(`POST /v1/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n`);
    client.send('8\r\n{"model"\r\n');
    client.send('8\r\n:"tiny"}\r\n0\r\n\r\n');
    const heard = await client.untilClosed();
    expect(heard).toMatch(/^HTTP\/1\.1 200 /);
    expect(heard).toContain('{"model":"tiny"}');
  });

  it('answers a client that asks before it sends its body with 100 Continue', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine });
    using client = await RawClient.connect(fixture.proxy.port);
    client.send(
      `POST /v1/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\nexpect: 100-continue\r\ncontent-length: 16\r\nconnection: close\r\n\r\n`,
    );
    expect(await client.untilHeard('\r\n\r\n')).toMatch(/^HTTP\/1\.1 100 /);
    client.send('{"model":"tiny"}');
    expect(await client.untilClosed()).toContain('HTTP/1.1 200 ');
    expect(fixture.upstream.received[0]?.headers['expect']).toBeUndefined();
  });

  it('keeps a client connection over many requests, and a replica connection over many clients', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine });
    using client = await RawClient.connect(fixture.proxy.port);
    for (let i = 1; i <= 20; i += 1) {
      client.send(`POST /v1/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: 16\r\n\r\n{"model":"tiny"}`);
      await eventually(() => client.heard.split('HTTP/1.1 200 ').length === i + 1 && client.heard.endsWith('}}'), `answer ${i}`);
    }
    expect(await fixture.upstream.connections).toBe(1);
  });

  it('answers pipelined requests in their order', async () => {
    const held: ServerResponse[] = [];
    await using fixture = await ProxyFixture.before((_request, response) => void held.push(response), { engine });
    using client = await RawClient.connect(fixture.proxy.port);
    const request = (id: string, extra = ''): string =>
      `POST /v1/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\nx-request-id: ${id}\r\n${extra}content-length: 16\r\n\r\n{"model":"tiny"}`;
    client.send(request('first') + request('second', 'connection: close\r\n'));
    let answered = 0;
    await eventually(() => {
      for (; answered < held.length; answered += 1) void answering({ n: answered })({} as never, held[answered] as ServerResponse, {} as never);
      return client.closed;
    }, 'both answered');
    expect(client.heard.indexOf('x-request-id: first')).toBeGreaterThan(-1);
    expect(client.heard.indexOf('x-request-id: second')).toBeGreaterThan(client.heard.indexOf('x-request-id: first'));
  });

  it('streams an answer as it comes: the head before any event, each event before the next', async () => {
    const chunks = chatChunks(['One', ' two', ' three']);
    let response: ServerResponse | null = null;
    await using fixture = await ProxyFixture.before(
      (_request, started) => {
        started.writeHead(200, { 'content-type': 'text/event-stream' });
        started.flushHeaders();
        response = started;
      },
      { engine },
    );
    const answer = await fixture.ask();
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(answer.headers.get('x-request-id')).not.toBeNull();
    const reader = answer.body!.getReader();
    const decoder = new TextDecoder();
    let text = '';
    for (const chunk of chunks) {
      response!.write(chunk);
      const { value } = await reader.read();
      text += decoder.decode(value);
      expect(text.endsWith(chunk)).toBe(true);
    }
    response!.end();
    expect((await reader.read()).done).toBe(true);
    expect(text).toBe(chunks.join(''));
  });

  it('aborts the request at the replica when the client leaves, before the answer and in the middle of a stream', async () => {
    await using fixture = await ProxyFixture.before(hanging, { engine });
    const early = new AbortController();
    const pending = fixture.ask({ signal: early.signal }).catch((error: Error) => error.name);
    await eventually(() => fixture.upstream.received.length === 1, 'the replica has the request');
    early.abort();
    expect(await pending).toBe('AbortError');
    await eventually(() => fixture.upstream.aborted === 1, 'the replica sees the client leave');

    fixture.upstream.follow((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
    });
    const late = new AbortController();
    const answer = await fixture.ask({ signal: late.signal });
    await answer.body!.getReader().read();
    late.abort();
    await eventually(() => fixture.upstream.aborted === 2, 'the replica sees the stream abandoned');
    await eventually(async () => (await fixture.metric('slipway_proxy_held_requests')) === 0, 'nothing is held');
  });

  it('reads no faster from a replica than its client reads, and loses nothing', async () => {
    const total = 64 * MIB;
    let written = 0;
    await using fixture = await ProxyFixture.before(
      (_request, response) => {
        const block = Buffer.alloc(64 * 1024, 'z');
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const more = (): void => {
          while (written < total) {
            written += block.length;
            if (!response.write(block)) return void response.once('drain', more);
          }
          response.end();
        };
        more();
      },
      { engine },
    );
    using client = await RawClient.connect(fixture.proxy.port);
    client.pause();
    client.send(`POST /v1/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\nconnection: close\r\ncontent-length: 16\r\n\r\n{"model":"tiny"}`);
    let before = -1;
    let quietTurns = 0;
    await eventually(() => {
      quietTurns = written === before && written > 0 ? quietTurns + 1 : 0;
      before = written;
      return quietTurns > 2_000;
    }, 'the replica is held up');
    expect(written).toBeLessThan(total / 2);
    client.resume();
    const heard = await client.untilClosed();
    expect(heard.slice(heard.indexOf('\r\n\r\n')).replace(/[^z]+/g, '').length).toBe(total);
    expect(heard.endsWith('0\r\n\r\n')).toBe(true);
  });

  it('cuts a client off that leaves its answer unread for too long', async () => {
    await using fixture = await ProxyFixture.before(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
          response.once('drain', more);
        };
        more();
      },
      { engine, limits: { clientStallTimeoutMs: 100 } },
    );
    using client = await RawClient.connect(fixture.proxy.port);
    client.pause();
    client.send(`POST /v1/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: 16\r\n\r\n{"model":"tiny"}`);
    await eventually(() => fixture.upstream.aborted === 1, 'the replica is let go');
    client.resume();
    await client.untilClosed();
    expect(await fixture.metric('slipway_proxy_cut_answers_total{deployment="default/tiny",revision="rev-1"}')).toBe(1);
  });

  it('cuts the client off when the replica dies in the middle of an answer, so that a part is not taken for the whole', async () => {
    await using fixture = await ProxyFixture.before(
      (_request, response, socket) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"half":', () => socket.resetAndDestroy());
      },
      { engine },
    );
    using client = await RawClient.connect(fixture.proxy.port);
    client.send(`POST /v1/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: 16\r\n\r\n{"model":"tiny"}`);
    const heard = await client.untilClosed();
    expect(heard).toContain('{"half":');
    expect(heard).not.toContain('0\r\n\r\n');
    expect(await fixture.metric('slipway_proxy_cut_answers_total{deployment="default/tiny",revision="rev-1"}')).toBe(1);
  });

  it('answers 502 for what is not HTTP, and 504 when a replica does not begin to answer in time', async () => {
    await using stranger = await ProxyFixture.before((_request, _response, socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n'), { engine });
    expect(await errorOf(await stranger.ask())).toMatchObject({ status: 502, type: 'server_error', code: 'bad_upstream_answer' });
    await using silent = await ProxyFixture.before(hanging, { engine, limits: { upstreamHeadTimeoutMs: 200 } });
    expect(await errorOf(await silent.ask())).toMatchObject({ status: 504, type: 'server_error', code: 'upstream_timeout' });
  });

  it('never says that its own key was refused by a replica as if it were the client’s', async () => {
    await using fixture = await ProxyFixture.before(answering({ error: { message: 'invalid key' } }, 401), { engine });
    expect(await errorOf(await fixture.ask({ body: CHAT_QUESTION }))).toMatchObject({ status: 502, code: 'bad_upstream_answer' });
  });
});
