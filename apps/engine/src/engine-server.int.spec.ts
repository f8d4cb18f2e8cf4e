import { connect } from 'node:net';
import { once } from 'node:events';
import { createEngineServer, type EngineServer, type EngineServerOptions } from './engine-server.js';
import { metricOf, until } from './engine-under-test.js';
import { createMockTextModel, type MockModelOptions } from './mock-text-model.js';
import type { TextModel } from './text-model.js';

const mock: MockModelOptions = {
  ...{ ttftMs: 0, tokensPerSecond: 0, errorRate: 0, capacity: 64, seed: 1 },
  ...{ tokens: 8, text: null, contextTokensMax: 1024 },
};
const endless = { ...mock, tokens: 1_000_000, contextTokensMax: 2_000_000, tokensPerSecond: 1_000 };
const chat = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

type Running = { readonly url: string; readonly port: number; readonly server: EngineServer };
const running: Running[] = [];
afterEach(async () => {
  for (const { server } of running.splice(0)) await server.close();
});

async function serve(
  options: Partial<EngineServerOptions> = {},
  model: TextModel | null = createMockTextModel(mock),
): Promise<Running> {
  const server = createEngineServer({ servedNames: ['m', 'org/m'], apiKey: null, queueDepth: 16, ...options });
  const port = await server.listen(0, '127.0.0.1');
  if (model !== null) server.serve(model);
  running.push({ server, port, url: `http://127.0.0.1:${port}` });
  return { server, port, url: `http://127.0.0.1:${port}` };
}

const post = (url: string, body: string | Buffer<ArrayBuffer> | ReadableStream, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/chat/completions`, { method: 'POST', body, headers });
const code = async (answer: Response) => ((await answer.json()) as { error: { code: string | null } }).error.code;
const metrics = async (url: string) => (await fetch(`${url}/metrics`)).text();

/** Sends bytes, and resolves with all that came back once the server has closed the connection. */
async function exchangeBytes(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => void (answer += text));
  await once(socket, 'close');
  return answer;
}

describe('the engine server', () => {
  it('listens while the model loads, says 503, and 200 once it is there', async () => {
    const { url, server } = await serve({}, null);
    expect((await fetch(`${url}/health`)).status).toBe(503);
    const early = await post(url, JSON.stringify(chat));
    expect([early.status, await code(early), early.headers.get('retry-after')]).toEqual([503, 'model_loading', '1']);
    server.serve(createMockTextModel(mock));
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect((await post(url, JSON.stringify(chat))).status).toBe(200);
  });

  it('wants its key everywhere but at /health, and takes no other', async () => {
    const { url } = await serve({ apiKey: 'right-key' });
    expect((await fetch(`${url}/health`)).status).toBe(200);
    for (const path of ['/v1/models', '/metrics', '/v1/chat/completions', '/v1/nothing'])
      for (const authorization of ['', 'Bearer', 'Bearer wrong', 'Bearer right-key2', 'Basic right-key', 'right-key'])
        expect((await fetch(url + path, { headers: { authorization } })).status).toBe(401);
    for (const authorization of ['Bearer right-key', 'bearer  right-key'])
      expect((await fetch(`${url}/v1/models`, { headers: { authorization } })).status).toBe(200);
  });

  it('echoes a sane request id and replaces any other, on errors as well', async () => {
    const { url } = await serve();
    const idFor = async (id: string, path = '/v1/models') =>
      (await fetch(url + path, { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idFor('req_A-1.2:3')).toBe('req_A-1.2:3');
    expect(await idFor('req_A-1.2:3', '/nowhere')).toBe('req_A-1.2:3');
    for (const insane of ['', 'a b', 'x'.repeat(200), '<script>']) expect(await idFor(insane)).toMatch(/^req-[0-9a-f-]{36}$/);
  });

  it('knows its addresses and their methods', async () => {
    const { url } = await serve();
    const status = async (method: string, path: string) => (await fetch(url + path, { method })).status;
    expect(await status('GET', '/v1/models/org%2Fm')).toBe(200);
    expect(await status('GET', '/v1/models?limit=3')).toBe(200);
    expect(await status('GET', '/v1/models/%E0%A4%A')).toBe(404);
    expect(await status('GET', '/v1/chat/completions')).toBe(405);
    expect(await status('POST', '/v1/models')).toBe(405);
    expect(await status('DELETE', '/health')).toBe(405);
    expect(await status('GET', '/')).toBe(404);
    expect(await status('HEAD', '/health')).toBe(200);
  });

  it('refuses bodies that are no JSON, no UTF-8, too deep or too large, and serves on', async () => {
    const { url } = await serve({ bodyBytesMax: 100_000 });
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
    const bodies: [string | Buffer<ArrayBuffer> | ReadableStream, number][] = [
      ['', 400],
      ['{"model":', 400],
      ['null', 400],
      [Buffer.from('{"model":"\xff\xfe"}', 'latin1'), 400],
      [deep, 400],
      [`{"model":"m","messages":[],"x":${deep}}`, 400],
      ['{"a":'.repeat(10_000), 400],
      [' '.repeat(100_001), 413],
      [JSON.stringify({ ...chat, padding: 'x'.repeat(5_000_000) }), 413],
    ];
    for (const [body, status] of bodies) expect((await post(url, body)).status).toBe(status);
    const brackets = { ...chat, messages: [{ role: 'user', content: '[{"'.repeat(500) }] };
    expect((await post(url, JSON.stringify(brackets))).status).toBe(200);
  });

  it('refuses a chunked body as soon as it is too large', async () => {
    const { url } = await serve({ bodyBytesMax: 1_000 });
    const body = new ReadableStream({ start: (stream) => (stream.enqueue(new Uint8Array(5_000)), stream.close()) });
    const answer = await fetch(`${url}/v1/completions`, { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(answer.status).toBe(413);
  });

  it('cuts off a client that does not finish its header or its body', async () => {
    const { port } = await serve({ headersTimeoutMs: 100, requestTimeoutMs: 200 });
    const head = 'POST /v1/completions HTTP/1.1\r\nHost: x\r\n';
    for (const begun of [`${head}X-Slow: `, `${head}Content-Length: 50\r\n\r\n{`]) {
      const answer = await exchangeBytes(port, begun);
      expect(answer).toMatch(/^HTTP\/1\.1 408 .*\r\nx-request-id: req-/);
    }
  });

  it('answers what is no HTTP request, or has too large a header, in its own form', async () => {
    const { port } = await serve();
    const tooLarge = `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`;
    for (const [bytes, status] of [['NONSENSE\r\n\r\n', 400], [tooLarge, 431]] as const) {
      const answer = await exchangeBytes(port, bytes);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} .*\r\nx-request-id: req-`));
      expect(answer).toContain('"type":"invalid_request_error"');
    }
  });

  it('takes no more waiting answers than it was told, and says when to come back', async () => {
    const { url } = await serve({ queueDepth: 2 }, createMockTextModel({ ...endless, capacity: 1 }));
    const leave = new AbortController();
    const hold = (n: number) =>
      fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify({ ...chat, n }), signal: leave.signal });
    const held = [hold(1), hold(2)].map((answer) => answer.catch(() => 'left'));
    await until(async () => metricOf(await metrics(url), 'num_requests_waiting') === 2);
    const refused = await post(url, JSON.stringify(chat));
    expect([refused.status, await code(refused), refused.headers.get('retry-after')]).toEqual([429, 'engine_overloaded', '1']);
    leave.abort();
    expect(await Promise.all(held)).toEqual(['left', 'left']);
    await until(async () => metricOf(await metrics(url), 'num_requests_running') === 0);
    expect(metricOf(await metrics(url), 'num_requests_waiting')).toBe(0);
  });

  it('slows down for a slow reader, and drops one that reads nothing', async () => {
    const { url, port } = await serve({ stallTimeoutMs: 200 }, createMockTextModel({ ...endless, tokensPerSecond: 0 }));
    const socket = connect(port, '127.0.0.1').pause();
    const body = JSON.stringify({ ...chat, stream: true });
    socket.on('error', () => undefined);
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await until(async () => metricOf(await metrics(url), 'request_success_total{finished_reason="abort"') === 1);
    expect(metricOf(await metrics(url), 'generation_tokens_total')).toBeLessThan(1_000_000);
    expect(metricOf(await metrics(url), 'num_requests_running')).toBe(0);
    socket.destroy();
  });

  it('answers 500 when the model fails before the first token, and goes on', async () => {
    const failures: string[] = [];
    const onFailure = ({ message }: { message: string }) => void failures.push(message);
    const { url } = await serve({ onFailure }, createMockTextModel({ ...mock, errorRate: 0.5 }));
    const answers = await Promise.all(Array.from({ length: 30 }, () => post(url, JSON.stringify({ ...chat, stream: true }))));
    const failed = answers.filter(({ status }) => status === 500).length;
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(30 - failed);
    expect(failures).toHaveLength(failed);
    expect(failed).toBeGreaterThan(0);
    expect(metricOf(await metrics(url), 'request_success_total{finished_reason="error"')).toBe(failed);
  });

  it('ends a stream with an error event when the model fails on the way', async () => {
    const model = createMockTextModel(mock);
    const breaking: TextModel = {
      ...model,
      async *generate() {
        yield { type: 'token', text: 'so far', end: null };
        await Promise.resolve();
        throw new Error('out of memory');
      },
    };
    const { url } = await serve({}, breaking);
    const text = await (await post(url, JSON.stringify({ ...chat, stream: true, n: 3 }))).text();
    expect(text).toContain('so far');
    expect(text).toMatch(/data: \{"error":\{"message":"The model failed: out of memory".*\}\}\n\n$/);
    expect(text).not.toContain('[DONE]');
  });

  it('gives embeddings in both encodings, and says so when a model gives none', async () => {
    const model = createMockTextModel(mock);
    const embed = async (url: string, change: object = {}) => {
      const body = JSON.stringify({ model: 'm', input: ['a', 'b'], ...change });
      const answer = await fetch(`${url}/v1/embeddings`, { method: 'POST', body });
      return { status: answer.status, json: (await answer.json()) as { data: { embedding: unknown }[]; error: object } };
    };
    const { url } = await serve({}, model);
    const floats = (await embed(url)).json.data[1]?.embedding as number[];
    const base64 = (await embed(url, { encoding_format: 'base64' })).json.data[1]?.embedding as string;
    const bytes = Buffer.from(base64, 'base64');
    floats.forEach((value, index) => expect(bytes.readFloatLE(index * 4)).toBeCloseTo(value, 6));
    expect((await embed(url, { dimensions: 3 })).json.error).toMatchObject({ param: 'dimensions' });
    expect((await embed(url, { input: 'x'.repeat(1_000_000) })).json.error).toMatchObject({ code: 'context_length_exceeded' });
    const { url: without } = await serve({}, { ...model, embeddingDimensions: null });
    expect(await embed(without)).toMatchObject({ status: 400, json: { error: { code: 'unsupported_model' } } });
  });

  it('carries 400 streams at once, each whole, and its figures add up', async () => {
    const paced = { ...mock, capacity: 400, ttftMs: 20, tokensPerSecond: 50, tokens: 20 };
    const { url } = await serve({}, createMockTextModel(paced));
    const body = JSON.stringify({ ...chat, stream: true, stream_options: { include_usage: true } });
    const texts = await Promise.all(Array.from({ length: 400 }, async () => (await post(url, body)).text()));
    expect(new Set(texts.map((text) => text.match(/"content":/g)?.length))).toEqual(new Set([21]));
    expect(texts.every((text) => text.includes('"completion_tokens":20,') && text.endsWith('data: [DONE]\n\n'))).toBe(true);
    const figures = await metrics(url);
    expect(metricOf(figures, 'generation_tokens_total')).toBe(8_000);
    expect(metricOf(figures, 'time_to_first_token_seconds_count')).toBe(400);
    expect(metricOf(figures, 'inter_token_latency_seconds_count')).toBe(7_600);
    expect(metricOf(figures, 'request_success_total{finished_reason="stop"')).toBe(400);
    expect(metricOf(figures, 'kv_cache_usage_perc')).toBe(0);
  });
});
