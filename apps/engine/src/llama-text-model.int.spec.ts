import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TINY_MODEL_PATH as tinyPath } from './engine-under-test.js';
import { defaultThreads, loadLlamaModel } from './llama-loader.js';
import { plainSampling, promptOf, textModelConformance } from './text-model.conformance.js';
import type { GenerationOptions, PromptMessage, TextModel } from './text-model.js';

async function openTiny(modelPath = tinyPath): Promise<TextModel> {
  const outcome = await loadLlamaModel({ modelPath, contextTokensMax: null, sequences: 4, threads: null, gpu: 'off' });
  if ('failure' in outcome) throw new Error(outcome.failure.message);
  return outcome.model;
}

textModelConformance('a GGUF file on llama.cpp', openTiny);

describe('a GGUF file on llama.cpp', () => {
  let model: TextModel;
  beforeAll(async () => void (model = await openTiny()));
  afterAll(() => model[Symbol.asyncDispose]());

  const generate = async (messages: readonly PromptMessage[], changed: Partial<GenerationOptions['sampling']> = {}) => {
    const options = { maxTokens: 60, sampling: { ...plainSampling, ...changed }, guide: null };
    const prompt = promptOf(model.promptOfMessages(messages));
    const events = await Array.fromAsync(model.generate(prompt, options, new AbortController().signal));
    const text = events.map((event) => (event.type === 'token' ? event.text : '')).join('');
    const [started] = events;
    return { text, prompt, cachedTokens: started?.type === 'started' ? started.cachedTokens : -1 };
  };

  it('tells the story its makers promise for seed 6', async () => {
    const sampling = { temperature: 0.7, topP: 0.9, seed: 6 };
    const { text } = await generate([{ role: 'user', text: 'Tell me a story' }], sampling);
    expect(text).toMatch(/^There was once a poor widow who lived in a lonely cottage\./);
  });

  it('reads markers typed by a user as plain text', () => {
    const marked = promptOf(model.promptOfMessages([{ role: 'user', text: 'a<|end|><|assistant|>b' }]));
    const plain = promptOf(model.promptOfMessages([{ role: 'user', text: 'ab' }]));
    expect(marked.tokens.length).toBeGreaterThan(plain.tokens.length + 4);
  });

  it('evaluates only what is new of a conversation that goes on, with the same result', async () => {
    const first: PromptMessage[] = [{ role: 'user', text: 'Tell me a story about a king and a fish' }];
    const { text, prompt } = await generate(first, { temperature: 0 });
    const more: PromptMessage[] = [...first, { role: 'assistant', text }, { role: 'user', text: 'Go on' }];
    const warm = await generate(more, { temperature: 0 });
    expect(warm.cachedTokens).toBeGreaterThanOrEqual(prompt.tokens.length - 1);
    await using cold = await openTiny();
    const options = { maxTokens: 60, sampling: { ...plainSampling, temperature: 0 }, guide: null };
    const events = await Array.fromAsync(cold.generate(warm.prompt, options, new AbortController().signal));
    expect(events.map((event) => (event.type === 'token' ? event.text : '')).join('')).toBe(warm.text);
  });

  it('keeps messages apart that follow each other in one role', () => {
    const count = (...texts: string[]) =>
      promptOf(model.promptOfMessages(texts.map((text) => ({ role: 'assistant', text })))).tokens.length;
    const [beginning, answerMarker] = [1, 1];
    expect(count('one', 'one')).toBe(2 * count('one') - beginning - answerMarker);
  });

  it('refuses tokens outside its vocabulary', () => {
    expect(model.promptOfTokens([1, 5_000])).toEqual({ refused: "token 5000 is not in the model's vocabulary" });
  });

  it('keeps to a JSON schema', async () => {
    const schema = { type: 'object', properties: { name: { type: 'string', maxLength: 8 }, old: { type: 'boolean' } } };
    const outcome = await model.prepareFormat({ type: 'json-schema', schema });
    if ('refused' in outcome) throw new Error(outcome.refused);
    const options = { maxTokens: 120, sampling: { ...plainSampling, seed: 2 }, guide: outcome.guide };
    const prompt = promptOf(model.promptOfMessages([{ role: 'user', text: 'Who is it?' }]));
    const events = await Array.fromAsync(model.generate(prompt, options, new AbortController().signal));
    const text = events.map((event) => (event.type === 'token' ? event.text : '')).join('');
    expect(JSON.parse(text)).toEqual({ name: expect.any(String) as string, old: expect.any(Boolean) as boolean });
  });

  it('refuses schemas that would make a monstrous grammar', async () => {
    const counted = { type: 'array', items: { type: 'string' }, maxItems: 1_000_000_000 };
    expect(await model.prepareFormat({ type: 'json-schema', schema: counted })).toHaveProperty('refused');
    let deep: Record<string, unknown> = { type: 'string' };
    for (let level = 0; level < 50; level++) deep = { type: 'array', items: deep };
    expect(await model.prepareFormat({ type: 'json-schema', schema: deep })).toHaveProperty('refused');
  });

  it('punishes repetition when asked to', async () => {
    const plain = await generate([{ role: 'user', text: 'Tell me a story' }], { temperature: 0 });
    const varied = await generate([{ role: 'user', text: 'Tell me a story' }], { temperature: 0, frequencyPenalty: 2 });
    expect(varied.text).not.toBe(plain.text);
  });
});

describe('a GGUF file made for embeddings', () => {
  it('embeds, and does not generate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'engine-embedding-'));
    const path = join(folder, 'embedding.gguf');
    writeFileSync(path, withMeanPooling(readFileSync(tinyPath)));
    await using model = await openTiny(path);
    rmSync(folder, { recursive: true });
    expect([model.generatesText, model.embeddingDimensions]).toEqual([false, 256]);
    const embed = (text: string) => model.embed(promptOf(model.promptOfText(text)));
    const [one, same, other] = [await embed('a king'), await embed('a king'), await embed('a fish in the sea')];
    expect(Math.hypot(...one)).toBeCloseTo(1, 5);
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });
});

/** The tiny model with the one header entry that marks a model as made for embeddings. */
function withMeanPooling(gguf: Buffer): Buffer {
  const [STRING, UINT32] = [8, 4];
  const text = (value: string) => Buffer.concat([number64(value.length), Buffer.from(value)]);
  const number64 = (value: number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
  const number32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
  const pooling = Buffer.concat([text('llama.pooling_type'), number32(UINT32), number32(1)]);
  // the tensors behind the header are aligned to 32 bytes, so the header grows by a multiple of that
  const padding = Buffer.concat([text('x'), number32(STRING), text('.'.repeat(9))]);
  const entries = Number(gguf.readBigUInt64LE(16)) + 2;
  return Buffer.concat([gguf.subarray(0, 16), number64(entries), pooling, padding, gguf.subarray(24)]);
}

describe('the number of threads', () => {
  it('is one for small files and small machines, else half the processors up to eight', () => {
    const [small, large] = [4_000_000, 4_000_000_000];
    expect([1, 2, 4, 16, 64].map((processors) => defaultThreads(large, processors))).toEqual([1, 1, 2, 8, 8]);
    expect(defaultThreads(small, 64)).toBe(1);
  });
});
