import type OpenAI from 'openai';
import { openEngine, until, type EngineUnderTest } from './engine-under-test.js';

const say = (content: string) => [{ role: 'user' as const, content }];
const story = { model: 'tiny', messages: say('Tell me a story') };
/** Too hot to come to an end soon: in most cases long enough to be interrupted. */
const rambling = { ...story, temperature: 2 };

/** What OpenAI's own client must find, whatever engine is behind. `args`: two sequences, and slow enough to interrupt. */
export function openAiClientConformance(engineName: string, args: readonly string[]): void {
  describe(`OpenAI's client against ${engineName}`, () => {
    let engine: EngineUnderTest;
    let client: OpenAI;
    beforeAll(async () => {
      engine = await openEngine(args);
      client = engine.client;
    });
    afterAll(() => engine[Symbol.asyncDispose]());
    const idle = () => until(async () => (await engine.metric('num_requests_running')) === 0);

    it('lists the model, and finds it by its name', async () => {
      const models = await Array.fromAsync(client.models.list());
      expect(models.map(({ id }) => id)).toEqual(['tiny']);
      expect(await client.models.retrieve('tiny')).toMatchObject({ id: 'tiny', object: 'model' });
    });

    it('answers a chat with text, a reason to end and the usage (S5.34)', async () => {
      const messages = [{ role: 'system' as const, content: 'You tell tales.' }, ...story.messages];
      const answer = await client.chat.completions.create({ model: 'tiny', messages, temperature: 0.7, max_tokens: 10 });
      expect(answer.object).toBe('chat.completion');
      expect(answer.choices[0]?.message.role).toBe('assistant');
      expect(answer.choices[0]?.message.content?.length).toBeGreaterThan(0);
      expect(answer.choices[0]?.finish_reason).toBe('length');
      const { prompt_tokens = 0, completion_tokens = 0, total_tokens } = answer.usage ?? {};
      expect(completion_tokens).toBe(10);
      expect(total_tokens).toBe(prompt_tokens + completion_tokens);
    });

    it('streams the same text it answers whole, for one seed', async () => {
      const request = { ...story, max_tokens: 20, seed: 11, temperature: 0.9 };
      const whole = await client.chat.completions.create(request);
      const chunks = await Array.fromAsync(await client.chat.completions.create({ ...request, stream: true }));
      expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
      expect(textOf(chunks)).toBe(whole.choices[0]?.message.content);
      expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe(whole.choices[0]?.finish_reason);
      expect(chunks.every(({ usage }) => usage === undefined)).toBe(true);
    });

    it('sends the usage as the last chunk of a stream when asked', async () => {
      const options = { stream: true, stream_options: { include_usage: true } } as const;
      const chunks = await Array.fromAsync(
        await client.chat.completions.create({ ...story, max_tokens: 6, ...options }),
      );
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 6 } });
      expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    });

    it('works with the streaming helper', async () => {
      const stream = client.chat.completions.stream({ ...story, max_tokens: 6, seed: 1 });
      expect(await stream.finalContent()).toBe(await stream.finalMessage().then(({ content }) => content));
    });

    it('completes raw prompts, several at once and each several times', async () => {
      const answer = await client.completions.create({ model: 'tiny', prompt: ['Once', 'There was'], n: 2, max_tokens: 3 });
      expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
      expect(answer.usage?.completion_tokens).toBe(12);
      const chunks = await Array.fromAsync(
        await client.completions.create({ model: 'tiny', prompt: [5, 6, 7], max_tokens: 3, stream: true }),
      );
      expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length');
    });

    it('gives different choices for one seed', async () => {
      const request = { ...story, n: 4, seed: 3, max_tokens: 15, temperature: 1.5 };
      const texts = (await client.chat.completions.create(request)).choices.map(({ message }) => message.content);
      expect(new Set(texts).size).toBeGreaterThan(1);
      expect(texts).toHaveLength(4);
    });

    it('stops before a stop text, whole and streamed', async () => {
      const request = { ...story, max_tokens: 30, seed: 5, temperature: 0 };
      const text = (await client.chat.completions.create(request)).choices[0]?.message.content ?? '';
      const stop = text.slice(8, 11);
      const before = text.slice(0, text.indexOf(stop));
      const cut = await client.chat.completions.create({ ...request, stop });
      expect(cut.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: before } });
      const chunks = await Array.fromAsync(
        await client.chat.completions.create({ ...request, stop: ['never met', stop], stream: true }),
      );
      expect(textOf(chunks)).toBe(before);
      expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    });

    it('ignores arguments it does not know (S5.35)', async () => {
      const unknown = { tools: [{ type: 'x' }], user: 'me', store: true, logit_bias: { 5: 1 }, frobnicate: { a: [] } };
      const answer = await client.chat.completions.create({ ...story, max_tokens: 2, ...(unknown as object) });
      expect(answer.choices).toHaveLength(1);
    });

    it('answers an unknown model with 404 model_not_found', async () => {
      const refused = client.chat.completions.create({ ...story, model: 'other' });
      await expect(refused).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
      await expect(client.models.retrieve('other')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    });

    it('answers what cannot fit with 400 context_length_exceeded, the prompt alone as well', async () => {
      const wordy = say('word '.repeat(20_000));
      for (const request of [
        { ...story, max_tokens: 100_000 },
        { ...story, messages: wordy },
        { ...story, messages: wordy, max_tokens: 1 },
        { ...story, messages: say('x'.repeat(1_500_000)) },
      ]) {
        const error: unknown = await client.chat.completions.create(request).catch((cause: unknown) => cause);
        expect(error).toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'messages' });
        expect((error as Error).message).not.toMatch(/-\d/);
      }
    });

    it('answers malformed arguments with 400 and names them', async () => {
      const malformed: [object, string][] = [
        [{ temperature: 'hot' }, 'temperature'],
        [{ temperature: 3 }, 'temperature'],
        [{ max_tokens: 0 }, 'max_tokens'],
        [{ max_completion_tokens: 1.5 }, 'max_completion_tokens'],
        [{ n: 9 }, 'n'],
        [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop'],
        [{ seed: 'x' }, 'seed'],
        [{ stream: 'yes' }, 'stream'],
        [{ logprobs: true }, 'logprobs'],
        [{ messages: [] }, 'messages'],
        [{ messages: [{ role: 'bard', content: 'a' }] }, 'messages[0].role'],
        [{ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, 'messages[0].content'],
      ];
      for (const [change, param] of malformed) {
        const refused = client.chat.completions.create({ ...story, ...change } as typeof story);
        await expect(refused).rejects.toMatchObject({ status: 400, param, type: 'invalid_request_error' });
      }
    });

    it('frees the sequence of a stream that is aborted', async () => {
      const aborted = () => engine.metric('request_success_total{finished_reason="abort"');
      const before = await aborted();
      while ((await aborted()) === before) {
        const stream = await client.chat.completions.create({ ...rambling, stream: true });
        for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
        await idle();
      }
      expect(await engine.metric('kv_cache_usage_perc')).toBe(0);
    });

    it('frees the sequence of a whole answer that is aborted', async () => {
      for (let isCut = false; !isCut; ) {
        const answer = abortable(client, 8);
        await until(async () => answer.isOver() || (await engine.metric('num_requests_running')) === 2);
        isCut = (await answer.abort()) === 'cut';
        await idle();
      }
    });

    it('forgets an aborted request that was still waiting', async () => {
      for (let hasWaited = false; !hasWaited; ) {
        const running = await client.chat.completions.create({ ...rambling, n: 2, stream: true });
        const answer = abortable(client, 3);
        await until(async () => answer.isOver() || (hasWaited = (await engine.metric('num_requests_waiting')) > 0));
        await answer.abort();
        await until(async () => (await engine.metric('num_requests_waiting')) === 0);
        running.controller.abort();
        await idle();
      }
    });

    it('counts in its metrics what it tells its clients', async () => {
      const names = ['prompt_tokens_total', 'generation_tokens_total', 'e2e_request_latency_seconds_count'];
      const read = () => Promise.all(names.map((name) => engine.metric(name)));
      const before = await read();
      const answers = await Promise.all(
        [1, 2, 3, 4, 5].map((n) => client.chat.completions.create({ ...story, max_tokens: 5 + n, n })),
      );
      const told = answers.reduce(
        ([prompt, completion, choices], { usage, choices: { length } }) =>
          [prompt + (usage?.prompt_tokens ?? 0), completion + (usage?.completion_tokens ?? 0), choices + length] as const,
        [0, 0, 0] as readonly [number, number, number],
      );
      const after = await read();
      expect(after.map((value, index) => value - (before[index] ?? 0))).toEqual(told);
      expect(await engine.metric('inter_token_latency_seconds_count')).toBeGreaterThan(0);
    });
  });
}

/** A long answer of so many choices, to be left before it is there; a rambling may end by itself at any token. */
function abortable(client: OpenAI, n: number) {
  const controller = new AbortController();
  let isOver = false;
  const outcome = client.chat.completions.create({ ...rambling, n }, { signal: controller.signal }).then(
    () => 'answered' as const,
    () => 'cut' as const,
  );
  void outcome.then(() => (isOver = true));
  return {
    isOver: () => isOver,
    abort: () => {
      controller.abort();
      return outcome;
    },
  };
}

function textOf(chunks: readonly OpenAI.ChatCompletionChunk[]): string {
  return chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
}
