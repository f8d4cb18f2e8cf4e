import OpenAI from 'openai';
import { eventually } from './testing/condition.js';
import { ENGINES } from './testing/engines.js';
import { ProxyFixture } from './testing/proxy-fixture.js';
import { answering, CHAT_COMPLETION, chatChunks, type Script } from './testing/scripted-upstream.js';
import { routeTo, TOKEN } from './testing/table-fixtures.js';

const messages = [{ role: 'user' as const, content: 'Hello?' }];

const streaming =
  (words: readonly string[], { endless = false } = {}): Script =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    const chunks = [...chatChunks(words)];
    const next = (): void => {
      const chunk = chunks.shift();
      if (chunk !== undefined) response.write(chunk, () => setImmediate(next));
      else if (!endless) response.end();
    };
    next();
  };

describe.each(ENGINES)("OpenAI's own client through $name", ({ engine }) => {
  const clientOf = (fixture: ProxyFixture, apiKey = TOKEN): OpenAI => new OpenAI({ baseURL: `${fixture.base}/v1`, apiKey, maxRetries: 0 });

  it('chats, and sees the request id', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine });
    const { data, request_id } = await clientOf(fixture).chat.completions.create({ model: 'tiny', messages }).withResponse();
    expect(data.choices[0]?.message.content).toBe('Hello.');
    expect(request_id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('streams a chat', async () => {
    const words = ['Once', ' upon', ' a', ' time', ' ✓'];
    await using fixture = await ProxyFixture.before(streaming(words), { engine });
    const heard: string[] = [];
    for await (const chunk of await clientOf(fixture).chat.completions.create({ model: 'default/tiny', messages, stream: true }))
      heard.push(chunk.choices[0]?.delta.content ?? '');
    expect(heard.join('')).toBe(words.join(''));
  });

  it('breaks off a stream, and the replica hears of it', async () => {
    await using fixture = await ProxyFixture.before(streaming(['One', ' two'], { endless: true }), { engine });
    const stream = await clientOf(fixture).chat.completions.create({ model: 'tiny', messages, stream: true });
    for await (const _ of stream) break;
    await eventually(() => fixture.upstream.aborted === 1, 'the replica is let go');
  });

  it('takes embeddings, completions and the model list', async () => {
    await using fixture = await ProxyFixture.before(answering({ object: 'list', data: [{ embedding: [1, 2], index: 0, object: 'embedding' }], model: 'tiny' }), { engine });
    const client = clientOf(fixture);
    const { data } = await client.embeddings.create({ model: 'tiny', input: 'x', encoding_format: 'float' });
    expect(data[0]?.embedding).toEqual([1, 2]);
    fixture.upstream.follow(answering({ id: 'c', object: 'text_completion', created: 1, model: 'tiny', choices: [{ text: 'done', index: 0, finish_reason: 'stop', logprobs: null }] }));
    expect((await client.completions.create({ model: 'tiny', prompt: 'x' })).choices[0]?.text).toBe('done');
    const models: string[] = [];
    for await (const { id } of client.models.list()) models.push(id);
    expect(models).toEqual(['tiny']);
    expect((await client.models.retrieve('tiny')).owned_by).toBe('slipway');
  });

  it('throws the error it knows for each refusal', async () => {
    await using fixture = await ProxyFixture.before(answering(CHAT_COMPLETION), { engine, limits: { waitForReplicaMs: 10, bodyBytesMax: 5_000 } });
    const chat = (client: OpenAI, model = 'tiny', content = 'x') => client.chat.completions.create({ model, messages: [{ role: 'user', content }] });
    const client = clientOf(fixture);
    await expect(chat(clientOf(fixture, 'wrong'))).rejects.toThrow(OpenAI.AuthenticationError);
    await expect(chat(client, 'absent')).rejects.toThrow(OpenAI.NotFoundError);
    await expect(chat(client, '')).rejects.toThrow(OpenAI.BadRequestError);
    await expect(chat(client, 'tiny', 'x'.repeat(6_000))).rejects.toMatchObject({ status: 413, code: 'request_too_large' });
    fixture.route([routeTo([])]);
    await expect(chat(client)).rejects.toThrow(OpenAI.InternalServerError);
    await expect(chat(client)).rejects.toMatchObject({ status: 503, code: 'model_unavailable', type: 'server_error' });
  });

  it('comes through the loss of a replica with its own retries, after the 503', async () => {
    await using fixture = await ProxyFixture.start({ engine, routes: [routeTo([])], limits: { waitForReplicaMs: 1 } });
    const upstream = await fixture.upstream(answering(CHAT_COMPLETION));
    const client = new OpenAI({ baseURL: `${fixture.base}/v1`, apiKey: TOKEN, maxRetries: 20 });
    const pending = client.chat.completions.create({ model: 'tiny', messages });
    await eventually(async () => (await fixture.metric('slipway_proxy_requests_total{deployment="",revision="",status="5xx"}')) > 0, 'a 503 was answered');
    fixture.route([routeTo([{ port: upstream.port }])]);
    expect((await pending).choices[0]?.message.content).toBe('Hello.');
  });
});
