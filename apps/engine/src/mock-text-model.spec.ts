import { createMockTextModel, type MockModelOptions } from './mock-text-model.js';
import { plainSampling, promptOf, textModelConformance } from './text-model.conformance.js';

const fast: MockModelOptions = {
  ttftMs: 0,
  tokensPerSecond: 0,
  errorRate: 0,
  capacity: 64,
  seed: 1,
  tokens: null,
  text: null,
  contextTokensMax: 512,
};

textModelConformance('the mock', () => Promise.resolve(createMockTextModel(fast)));
textModelConformance('the mock at a set pace', () =>
  Promise.resolve(createMockTextModel({ ...fast, ttftMs: 2, tokensPerSecond: 2_000, tokens: 20 })),
);

describe('the mock', () => {
  it('answers with the given text, repeated to the given length', async () => {
    expect(await answer({ text: 'Ahoy there' })).toBe('Ahoy there');
    expect(await answer({ text: 'Ahoy', tokens: 3 })).toBe('Ahoy Ahoy Ahoy');
  });

  it('answers alike in two runs of the same seed, and fails alike', async () => {
    const run = async (seed: number) => {
      const model = createMockTextModel({ ...fast, seed, errorRate: 0.5 });
      return Promise.all(Array.from({ length: 40 }, () => answerOf(model).catch(() => 'failed')));
    };
    const first = await run(5);
    expect(await run(5)).toEqual(first);
    expect(await run(6)).not.toEqual(first);
    const failures = first.filter((text) => text === 'failed').length;
    expect(failures).toBeGreaterThan(5);
    expect(failures).toBeLessThan(35);
  });

  it('wakes from its pace when aborted', async () => {
    const model = createMockTextModel({ ...fast, ttftMs: 3_600_000 });
    const controller = new AbortController();
    const events = Array.fromAsync(model.generate(prompt(model), options, controller.signal));
    setImmediate(() => controller.abort());
    expect(await events).toEqual([{ type: 'started', cachedTokens: 0 }]);
  });
});

const options = { maxTokens: 100, sampling: plainSampling, guide: null };
const prompt = (model: ReturnType<typeof createMockTextModel>) => promptOf(model.promptOfText('hello'));

function answer(changed: Partial<MockModelOptions>): Promise<string> {
  return answerOf(createMockTextModel({ ...fast, ...changed }));
}

async function answerOf(model: ReturnType<typeof createMockTextModel>): Promise<string> {
  const events = await Array.fromAsync(model.generate(prompt(model), options, new AbortController().signal));
  return events.map((event) => (event.type === 'token' ? event.text : '')).join('');
}
