import type { GenerationEvent, GenerationOptions, Prompt, PromptOutcome, SamplingOptions, TextModel } from './text-model.js';

/** What the server relies on, whatever the model. A model's spec is one call to this, besides what is its own. */
export function textModelConformance(name: string, open: () => Promise<TextModel>): void {
  describe(`${name} is a text model`, () => {
    let model: TextModel;
    beforeAll(async () => void (model = await open()));
    afterAll(() => model[Symbol.asyncDispose]());

    it('starts once, then gives at most the tokens asked for, the last one saying why it is the last', async () => {
      const events = await collect(model, story(model), { maxTokens: 5 });
      expect(events[0]).toMatchObject({ type: 'started' });
      const tokens = events.slice(1);
      expect(tokens.length).toBeGreaterThan(0);
      expect(tokens.length).toBeLessThanOrEqual(5);
      expect(tokens.map((event) => (event.type === 'token' ? event.end !== null : 'started'))).toEqual(
        tokens.map((_, index) => index === tokens.length - 1),
      );
    });

    it('gives the same text for the same seed, and in most cases another one for another', async () => {
      const once = await textOf(model, { maxTokens: 12, seed: 7 });
      expect(await textOf(model, { maxTokens: 12, seed: 7 })).toBe(once);
      const others = await Promise.all([8, 9, 10, 11].map((seed) => textOf(model, { maxTokens: 12, seed })));
      expect(others.some((text) => text !== once)).toBe(true);
    });

    it('begins alike when asked for fewer tokens', async () => {
      const long = await textOf(model, { maxTokens: 10, seed: 3 });
      expect(long.startsWith(await textOf(model, { maxTokens: 4, seed: 3 }))).toBe(true);
    });

    it('runs as many generations at once as it says, each whole', async () => {
      const all = Array.from({ length: Math.min(model.sequencesMax, 32) }, (_, seed) =>
        collect(model, story(model), { maxTokens: 8, seed }),
      );
      for (const events of await Promise.all(all)) expect(endOf(events)).not.toBeNull();
    });

    it('has every sequence free again after early ends, aborts and failures of the reader', async () => {
      for (let round = 0; round < 2 * Math.min(model.sequencesMax, 16); round++) {
        for await (const event of generate(model, story(model), { maxTokens: 50 })) if (event.type === 'token') break;
        const controller = new AbortController();
        const events = generate(model, story(model), { maxTokens: 50 }, controller.signal);
        for await (const event of events) if (event.type === 'started') controller.abort();
      }
      expect(endOf(await collect(model, story(model), { maxTokens: 2 }))).not.toBeNull();
    });

    it('ends without a reason when it was aborted', async () => {
      const events: GenerationEvent[] = [];
      const controller = new AbortController();
      for await (const event of generate(model, story(model), { maxTokens: 400 }, controller.signal)) {
        events.push(event);
        if (events.length === 3) controller.abort();
      }
      expect(endOf(events)).toBeNull();
      expect(events.length).toBeLessThanOrEqual(4);
    });

    it('fills its context to the last token', async () => {
      const prompt = promptOf(model.promptOfText('Once upon a time'));
      const maxTokens = model.contextTokensMax - prompt.tokens.length;
      const events = await collect(model, prompt, { maxTokens, seed: 1 });
      expect(endOf(events)).not.toBeNull();
      expect(events.length - 1).toBeLessThanOrEqual(maxTokens);
    });

    it('never reuses a whole prompt: at least one token is evaluated', async () => {
      const prompt = story(model);
      for (let round = 0; round < 2; round++) {
        const [started] = await collect(model, prompt, { maxTokens: 2 });
        expect(started?.type === 'started' && started.cachedTokens < prompt.tokens.length).toBe(true);
      }
    });

    it('counts the tokens of any text, and leaves texts that cannot fit uncounted', () => {
      for (const text of ['a', 'Grüße, 世界 😀', '\u0000\uD800', 'x '.repeat(100)])
        expect(promptOf(model.promptOfText(text)).tokens.length).toBeGreaterThan(0);
      expect(model.promptOfText('x'.repeat(2_000_000))).toEqual({ tooLong: { characters: 2_000_000 } });
      expect(model.promptOfMessages([{ role: 'user', text: 'x'.repeat(2_000_000) }])).toHaveProperty('tooLong');
    });

    it('tells conversations apart by who said what', () => {
      const one = promptOf(model.promptOfMessages([{ role: 'user', text: 'a' }]));
      const other = promptOf(model.promptOfMessages([{ role: 'system', text: 'a' }]));
      expect(one.tokens).not.toEqual(other.tokens);
    });

    it('gives embeddings of unit length, the same for the same text, when it says it gives any', async () => {
      if (model.embeddingDimensions === null) return;
      const [one, same, other] = await Promise.all(
        ['a ship', 'a ship', 'an anchor'].map((text) => model.embed(promptOf(model.promptOfText(text)))),
      );
      expect(one).toHaveLength(model.embeddingDimensions);
      expect(Math.hypot(...(one ?? []))).toBeCloseTo(1, 5);
      expect(same).toEqual(one);
      expect(other).not.toEqual(one);
    });

    it('refuses to generate once it is closed', async () => {
      const closed = await open();
      const prompt = story(closed);
      await closed[Symbol.asyncDispose]();
      await expect(collect(closed, prompt, { maxTokens: 2 })).rejects.toThrow();
    });
  });
}

export const plainSampling: SamplingOptions = {
  temperature: 1,
  topP: 1,
  topK: 0,
  minP: 0,
  frequencyPenalty: 0,
  presencePenalty: 0,
  seed: null,
};

type Asked = { readonly maxTokens: number; readonly seed?: number };

function generate(
  model: TextModel,
  prompt: Prompt,
  { maxTokens, seed }: Asked,
  signal = new AbortController().signal,
): AsyncIterable<GenerationEvent> {
  const options: GenerationOptions = { maxTokens, sampling: { ...plainSampling, seed: seed ?? null }, guide: null };
  return model.generate(prompt, options, signal);
}

function collect(model: TextModel, prompt: Prompt, asked: Asked): Promise<GenerationEvent[]> {
  return Array.fromAsync(generate(model, prompt, asked));
}

async function textOf(model: TextModel, asked: Asked): Promise<string> {
  const events = await collect(model, story(model), asked);
  return events.map((event) => (event.type === 'token' ? event.text : '')).join('');
}

function story(model: TextModel): Prompt {
  return promptOf(model.promptOfMessages([{ role: 'user', text: 'Tell me a story' }]));
}

export function promptOf(outcome: PromptOutcome): Prompt {
  if ('prompt' in outcome) return outcome.prompt;
  throw new Error(`no prompt: ${JSON.stringify(outcome)}`);
}

function endOf(events: readonly GenerationEvent[]): string | null {
  const last = events.at(-1);
  return last?.type === 'token' ? last.end : null;
}
