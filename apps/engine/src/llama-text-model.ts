import { randomInt } from 'node:crypto';
import {
  LlamaGrammar,
  LlamaGrammarEvaluationState,
  type LlamaContext,
  type LlamaEmbeddingContext,
  type LlamaModel,
  type SequenceEvaluateOptions,
  type Token,
} from 'node-llama-cpp';
import { TOKEN_CHARACTERS_MAX } from './limits.js';
import { llamaChatPrompt, llamaChatWrapper } from './llama-chat-prompt.js';
import { prepareLlamaFormat } from './llama-format.js';
import { createLlamaSequences } from './llama-sequences.js';
import type { GenerationEvent, GenerationOptions, Prompt, SamplingOptions, TextModel } from './text-model.js';
import { createTokenText } from './token-text.js';

export type LlamaParts = {
  readonly model: LlamaModel;
  /** Null for models that only embed. */
  readonly context: LlamaContext | null;
  /** Null for models that only generate. */
  readonly embedding: LlamaEmbeddingContext | null;
  readonly contextTokensMax: number;
};

/** A GGUF model on llama.cpp. Sequences of one context are decoded in common batches, newcomers' prompts among them. */
export function createLlamaTextModel({ model, context, embedding, contextTokensMax }: LlamaParts): TextModel {
  const wrapper = llamaChatWrapper(model);
  const sequences = context === null ? null : createLlamaSequences(context);
  const charactersMax = contextTokensMax * TOKEN_CHARACTERS_MAX;
  const tooLong = (characters: number) => ({ tooLong: { characters } });
  const vocabularySize = Array.from(model.iterateAllTokens()).length;

  return {
    contextTokensMax,
    sequencesMax: context?.totalSequences ?? 1,
    generatesText: context !== null,
    embeddingDimensions: embedding === null ? null : model.embeddingVectorSize,
    promptOfMessages(messages) {
      const characters = messages.reduce((sum, { text }) => sum + text.length, 0);
      if (characters > charactersMax || messages.length > contextTokensMax) return tooLong(characters);
      try {
        return { prompt: llamaChatPrompt(model, wrapper, messages) };
      } catch (cause) {
        // templates refuse conversations in words of their own, such as roles that do not alternate
        return { refused: `the model's chat template refuses these messages: ${messageOf(cause)}` };
      }
    },
    promptOfText(text) {
      if (text.length > charactersMax) return tooLong(text.length);
      const { bos, shouldPrependBosToken } = model.tokens;
      const begin = shouldPrependBosToken && bos !== null ? [bos] : [];
      return { prompt: { tokens: [...begin, ...model.tokenize(text, false)], stopTokens: [] } };
    },
    promptOfTokens(tokens) {
      const unknown = tokens.find((token) => token >= vocabularySize);
      if (unknown !== undefined) return { refused: `token ${unknown} is not in the model's vocabulary` };
      return { prompt: { tokens, stopTokens: [] } };
    },
    prepareFormat: (format) => prepareLlamaFormat(model.llama, format),
    async *generate(prompt, options, signal) {
      if (sequences === null) throw new Error('this model only embeds');
      const taken = sequences.take(prompt.tokens);
      try {
        const rest = await taken.alignTo(prompt.tokens);
        if (signal.aborted) return;
        yield { type: 'started', cachedTokens: prompt.tokens.length - rest.length };
        const generated: Token[] = [];
        const tokens = taken.sequence.evaluate(rest, evaluateOptions(model, options, generated));
        yield* events(model, tokens, prompt, options, generated, signal);
      } finally {
        taken.release();
      }
    },
    async embed(prompt) {
      if (embedding === null) throw new Error('this model gives no embeddings');
      const { vector } = await embedding.getEmbeddingFor(prompt.tokens as Token[]);
      const length = Math.hypot(...vector);
      return length === 0 ? vector : vector.map((value) => value / length);
    },
    async [Symbol.asyncDispose]() {
      await model.dispose();
    },
  };
}

async function* events(
  model: LlamaModel,
  tokens: AsyncIterable<Token>,
  prompt: Prompt,
  { maxTokens }: GenerationOptions,
  generated: Token[],
  signal: AbortSignal,
): AsyncGenerator<GenerationEvent, void> {
  const text = createTokenText(
    (ids, before) => model.detokenize(ids as Token[], false, before as Token[]),
    prompt.tokens,
  );
  for await (const token of tokens) {
    if (signal.aborted) return;
    generated.push(token);
    if (model.isEogToken(token) || prompt.stopTokens.includes(token))
      return void (yield { type: 'token', text: text.flush(), end: 'stop' });
    if (generated.length === maxTokens)
      return void (yield { type: 'token', text: text.push(token) + text.flush(), end: 'length' });
    yield { type: 'token', text: text.push(token), end: null };
  }
  throw new Error('the model stopped without an end token');
}

/** Every sampling option is given: the library's own defaults (top-k 40, top-p 0.95, greedy) are not OpenAI's. */
function evaluateOptions(
  model: LlamaModel,
  { sampling, guide }: GenerationOptions,
  generated: readonly Token[],
): SequenceEvaluateOptions {
  const grammar = guide?.detail;
  return {
    temperature: sampling.topP === 0 ? 0 : sampling.temperature,
    topP: sampling.topP,
    topK: sampling.topK,
    minP: sampling.minP,
    // without one the library takes the clock, and two requests of the same moment would get the same text
    seed: sampling.seed ?? randomInt(2 ** 32),
    yieldEogToken: true,
    ...penalties(sampling, generated),
    ...(grammar instanceof LlamaGrammar
      ? { grammarEvaluationState: new LlamaGrammarEvaluationState({ model, grammar }) }
      : {}),
  };
}

/** The penalties look back this far; they cost time for every token of it. */
const PENALTY_TOKENS_MAX = 512;

function penalties(sampling: SamplingOptions, generated: readonly Token[]): SequenceEvaluateOptions {
  const { frequencyPenalty, presencePenalty } = sampling;
  if (frequencyPenalty === 0 && presencePenalty === 0) return {};
  const punishTokens = () => generated.slice(-PENALTY_TOKENS_MAX);
  const maxPunishTokens = PENALTY_TOKENS_MAX;
  return { repeatPenalty: { punishTokens, maxPunishTokens, penalty: 1, frequencyPenalty, presencePenalty } };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
