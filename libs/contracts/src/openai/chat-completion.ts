import { z } from 'zod';
import { answerFields, answerObject, generationFields, tokenUsage } from './generation-fields.js';

const toolCall = z.looseObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
});
const tool = z.looseObject({ type: z.string() });

/** Text, or parts of which each says its type; a model that reads no images says so itself. */
const content = z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]);
const message = z.looseObject({
  role: z.enum(['developer', 'system', 'user', 'assistant', 'tool', 'function']),
  content: content.nullish(),
  name: z.string().optional(),
  tool_calls: z.array(z.looseObject({ id: z.string(), type: z.string() })).optional(),
  tool_call_id: z.string().optional(),
});

/** Body of `POST /v1/chat/completions`. */
export const chatCompletionRequest = z.looseObject({
  ...generationFields,
  messages: z.array(message).min(1),
  logprobs: z.boolean().nullish(),
  max_completion_tokens: z.number().int().nullish(),
  response_format: z.looseObject({ type: z.string() }).optional(),
  tools: z.array(tool).optional(),
  tool_choice: z.union([z.string(), tool]).optional(),
  top_logprobs: z.number().int().nullish(),
});
export type ChatCompletionRequest = z.infer<typeof chatCompletionRequest>;

const tokenLogprob = { token: z.string(), bytes: z.array(z.number()).nullable(), logprob: z.number() };
const tokenLogprobs = z.array(z.looseObject({ ...tokenLogprob, top_logprobs: z.array(z.looseObject(tokenLogprob)) }));
const logprobs = z.looseObject({ content: tokenLogprobs.nullable(), refusal: tokenLogprobs.nullable().default(null) });
const finishReason = z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'function_call']);

/** Answer of `POST /v1/chat/completions`. What some engines leave out, and OpenAI never does, is read as null. */
export const chatCompletion = answerObject({
  ...answerFields,
  object: z.literal('chat.completion'),
  choices: z.array(
    z.looseObject({
      index: z.number(),
      message: answerObject({
        role: z.literal('assistant'),
        content: z.string().nullable().default(null),
        refusal: z.string().nullable().default(null),
        tool_calls: z.exactOptional(z.array(toolCall)),
      }),
      finish_reason: finishReason,
      logprobs: logprobs.nullable().default(null),
    }),
  ),
  usage: z.exactOptional(tokenUsage),
});
export type ChatCompletion = z.infer<typeof chatCompletion>;

const delta = answerObject({
  role: z.exactOptional(z.enum(['developer', 'system', 'user', 'assistant', 'tool'])),
  content: z.exactOptional(z.string()),
  refusal: z.exactOptional(z.string()),
  tool_calls: z.exactOptional(
    z.array(
      z.looseObject({
        index: z.number(),
        id: z.exactOptional(z.string()),
        type: z.exactOptional(z.literal('function')),
        function: z.exactOptional(z.looseObject({ name: z.exactOptional(z.string()), arguments: z.exactOptional(z.string()) })),
      }),
    ),
  ),
});

/** One `data:` of a stream. The last one carries `usage` and no choices when the request asked for usage. */
export const chatCompletionChunk = answerObject({
  ...answerFields,
  object: z.literal('chat.completion.chunk'),
  choices: z.array(
    z.looseObject({ index: z.number(), delta, finish_reason: finishReason.nullable().default(null), logprobs: logprobs.nullable().default(null) }),
  ),
  usage: z.exactOptional(tokenUsage),
});
export type ChatCompletionChunk = z.infer<typeof chatCompletionChunk>;
