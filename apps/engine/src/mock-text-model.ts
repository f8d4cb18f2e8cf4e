import { TOKEN_CHARACTERS_MAX } from './limits.js';
import { mockAnswer, mockPieces, mockTokens, mockVector } from './mock-text.js';
import { mixSeeds, seededRandom } from './seeded-random.js';
import type { GenerationEvent, GenerationOptions, Prompt, TextModel } from './text-model.js';

export type MockModelOptions = {
  /** From the start of a generation to its first token. */
  readonly ttftMs: number;
  /** Per sequence; 0: as fast as the process can. */
  readonly tokensPerSecond: number;
  /** Share of generations that fail before their first token, 0..1. */
  readonly errorRate: number;
  /** Generations at once. */
  readonly capacity: number;
  readonly seed: number;
  /** Answer length in tokens; null: the length of `text`, or 32. */
  readonly tokens: number | null;
  /** The answer's text; null: drawn by seed. */
  readonly text: string | null;
  readonly contextTokensMax: number;
};

const ANSWER_TOKENS_DEFAULT = 32;
const EMBEDDING_DIMENSIONS = 64;
/** Without pacing, a generation lets others run after this many tokens. */
const TOKENS_PER_TURN = 16;

/** A model without weights: repeatable texts at a set pace, hundreds at once, for tests and load. */
export function createMockTextModel(options: MockModelOptions): TextModel {
  const failures = seededRandom(options.seed);
  const lengthTokens = Math.max(1, options.tokens ?? (mockPieces(options.text ?? '').length || ANSWER_TOKENS_DEFAULT));
  const charactersMax = options.contextTokensMax * TOKEN_CHARACTERS_MAX;
  let disposed = false;

  const promptOf = (text: string) =>
    text.length > charactersMax
      ? { tooLong: { characters: text.length } }
      : { prompt: { tokens: mockTokens(text), stopTokens: [] } };

  return {
    contextTokensMax: options.contextTokensMax,
    sequencesMax: options.capacity,
    generatesText: true,
    embeddingDimensions: EMBEDDING_DIMENSIONS,
    promptOfMessages: (messages) => promptOf(messages.map(({ role, text }) => `${role}: ${text}\n`).join('')),
    promptOfText: promptOf,
    promptOfTokens: (tokens) => ({ prompt: { tokens, stopTokens: [] } }),
    prepareFormat: () => Promise.resolve({ refused: 'the mock engine gives plain text only' }),
    async *generate(prompt, generation, signal): AsyncGenerator<GenerationEvent, void> {
      if (disposed) throw new Error('the model is closed');
      if (failures() < options.errorRate) throw new Error('this failure was asked for with --mock-error-rate');
      const texts = mockAnswer(options.text, answerSeed(options.seed, prompt, generation));
      const count = Math.min(lengthTokens, generation.maxTokens);
      const pace = createPace(options, signal);
      yield { type: 'started', cachedTokens: 0 };
      for (let index = 0; index < count; index++) {
        await pace(index);
        if (signal.aborted) return;
        if (disposed) throw new Error('the model was closed');
        const last = index === count - 1;
        const end = last ? (count === lengthTokens ? 'stop' : 'length') : null;
        yield { type: 'token', text: texts.next().value, end };
      }
    },
    embed: (prompt) => Promise.resolve(mockVector(prompt.tokens, EMBEDDING_DIMENSIONS)),
    [Symbol.asyncDispose]: () => {
      disposed = true;
      return Promise.resolve();
    },
  };
}

/** Enough of a prompt's end to tell prompts apart. */
const SEED_TOKENS = 256;

/** Without a seed in the request, whatever its temperature, a prompt still has one text: the mock is repeatable. */
function answerSeed(mockSeed: number, prompt: Prompt, { sampling }: GenerationOptions): number {
  return mixSeeds(mockSeed, sampling.seed ?? 0, ...prompt.tokens.slice(-SEED_TOKENS));
}

/** Resolves when token `index` is due, at once when it is overdue, and early when the signal aborts. */
function createPace({ ttftMs, tokensPerSecond }: MockModelOptions, signal: AbortSignal): (index: number) => Promise<void> {
  const startMs = performance.now();
  const stepMs = tokensPerSecond === 0 ? 0 : 1000 / tokensPerSecond;
  let wake: (() => void) | null = null;
  signal.addEventListener('abort', () => wake?.(), { once: true });
  return (index) => {
    const waitMs = startMs + ttftMs + index * stepMs - performance.now();
    if (signal.aborted) return Promise.resolve();
    if (waitMs <= 0 && (index + 1) % TOKENS_PER_TURN !== 0) return Promise.resolve();
    return new Promise((resolve) => {
      if (waitMs <= 0) return void setImmediate(resolve);
      const timer = setTimeout(resolve, waitMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  };
}
