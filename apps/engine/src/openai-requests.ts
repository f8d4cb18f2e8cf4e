import { z } from 'zod';
import {
  CHOICES_MAX,
  EMBEDDING_INPUTS_MAX,
  MESSAGES_MAX,
  PROMPT_BATCH_MAX,
  STOP_TEXT_CHARACTERS_MAX,
  STOP_TEXTS_MAX,
} from './limits.js';
import { badRequest, type Problem } from './openai-errors.js';
import type { PromptMessage } from './text-model.js';

/**
 * OpenAI's request bodies as far as this engine knows them. Arguments it does not know are dropped unread; those it
 * knows must be well-formed. `null` means "not given", as with OpenAI.
 */
export type ChatRequest = z.output<typeof chatRequest>;
export type CompletionRequest = z.output<typeof completionRequest>;
export type EmbeddingRequest = z.output<typeof embeddingRequest>;
export type SamplingFields = Pick<ChatRequest, keyof typeof sampling>;

export type Parsed<T> = { readonly value: T } | { readonly problem: Problem };

export const parseChatRequest = (body: unknown): Parsed<ChatRequest> => parse(chatRequest, body);
export const parseCompletionRequest = (body: unknown): Parsed<CompletionRequest> => parse(completionRequest, body);
export const parseEmbeddingRequest = (body: unknown): Parsed<EmbeddingRequest> => parse(embeddingRequest, body);

const tokenIds = z.array(z.int().min(0), { error: 'must be an array of token ids' }).min(1, 'must not be empty');
const texts = (max: number) => z.array(z.string()).min(1, 'must not be empty').max(max);
const textInput = (max: number) =>
  z.union([z.string(), texts(max), tokenIds, z.array(tokenIds).min(1).max(max)], {
    error: `must be a string, an array of at most ${max} strings, an array of token ids, or an array of such arrays`,
  });

const tokenCount = z.int('must be a whole number').min(1, 'must be at least 1').nullish();
const stopText = z.string().min(1, 'must not be empty').max(STOP_TEXT_CHARACTERS_MAX);

const sampling = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  // not OpenAI's, but common among engines
  top_k: z.int().min(-1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  seed: z.int('must be a whole number').nullish(),
};

const generation = {
  model: z.string(),
  ...sampling,
  max_tokens: tokenCount,
  n: z.int('must be a whole number').min(1).max(CHOICES_MAX).nullish(),
  stop: z
    .union([stopText, z.array(stopText).max(STOP_TEXTS_MAX)], {
      error: `must be a string or an array of at most ${STOP_TEXTS_MAX} strings, each 1 to ${STOP_TEXT_CHARACTERS_MAX} characters`,
    })
    .nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
};

const textPart = z.object({ type: z.enum(['text', 'refusal']), text: z.string().optional(), refusal: z.string().optional() });

const content = z
  .union([z.string(), z.array(textPart)], { error: 'must be a string or an array of text parts: this model reads text only' })
  .nullish()
  .transform((value) => {
    if (typeof value === 'string') return value;
    return (value ?? []).map((part) => part.text ?? part.refusal ?? '').join('');
  });

const message = z
  .object({ role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']), content })
  .transform(({ role, content: text }) => ({ role: modelRole(role), text }));

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({ type: z.literal('json_schema'), json_schema: z.object({ schema: z.record(z.string(), z.unknown()) }) }),
]);

const chatRequest = z.object({
  ...generation,
  messages: z.array(message).min(1, 'must not be empty').max(MESSAGES_MAX),
  max_completion_tokens: tokenCount,
  response_format: responseFormat.nullish(),
  logprobs: z.literal(false, 'this engine does not give log probabilities').nullish(),
});

const completionRequest = z.object({
  ...generation,
  prompt: textInput(PROMPT_BATCH_MAX),
  logprobs: z.null('this engine does not give log probabilities').optional(),
});

const embeddingRequest = z.object({
  model: z.string(),
  input: textInput(EMBEDDING_INPUTS_MAX),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).nullish(),
});

function modelRole(role: 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'function'): PromptMessage['role'] {
  switch (role) {
    case 'system':
    case 'developer':
      return 'system';
    case 'assistant':
      return 'assistant';
    case 'user':
    case 'tool':
    case 'function':
      return 'user';
  }
}

function parse<T>(schema: z.ZodType<T>, body: unknown): Parsed<T> {
  const result = schema.safeParse(body);
  if (result.success) return { value: result.data };
  const issue = result.error.issues[0];
  if (issue === undefined || issue.path.length === 0)
    return { problem: badRequest('The request body must be a JSON object.') };
  const param = paramOf(issue.path);
  const missing = issue.code === 'invalid_type' && valueAt(body, issue.path) === undefined;
  const text = missing ? `\`${param}\` is required.` : `Invalid value for \`${param}\`: ${issue.message}.`;
  return { problem: badRequest(text, param) };
}

/** `['messages', 0, 'role']` as `messages[0].role`. */
function paramOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined),
    body,
  );
}
