import { z } from 'zod';
import { answerFields, answerObject, generationFields, tokenUsage } from './generation-fields.js';

/** One text, several, or token ids in place of text. */
export const textOrTokens = z.union([z.string(), z.array(z.string()), z.array(z.number().int()), z.array(z.array(z.number().int()))]);

/** Body of `POST /v1/completions`. */
export const completionRequest = z.looseObject({
  ...generationFields,
  prompt: textOrTokens.nullable(),
  best_of: z.number().int().nullish(),
  echo: z.boolean().nullish(),
  logprobs: z.number().int().nullish(),
  suffix: z.string().nullish(),
});
export type CompletionRequest = z.infer<typeof completionRequest>;

const logprobs = z.looseObject({
  text_offset: z.exactOptional(z.array(z.number())),
  token_logprobs: z.exactOptional(z.array(z.number())),
  tokens: z.exactOptional(z.array(z.string())),
  top_logprobs: z.exactOptional(z.array(z.record(z.string(), z.number()))),
});
const choice = { index: z.number(), text: z.string(), logprobs: logprobs.nullable().default(null) };
const finishReason = z.enum(['stop', 'length', 'content_filter']);
const fields = { ...answerFields, object: z.literal('text_completion') };

/** Answer of `POST /v1/completions`. */
export const completion = answerObject({
  ...fields,
  choices: z.array(z.looseObject({ ...choice, finish_reason: finishReason })),
  usage: z.exactOptional(tokenUsage),
});
export type Completion = z.infer<typeof completion>;

/** One `data:` of a stream: the reason comes with the last piece of text. */
export const completionChunk = answerObject({
  ...fields,
  choices: z.array(z.looseObject({ ...choice, finish_reason: finishReason.nullable().default(null) })),
  usage: z.exactOptional(tokenUsage),
});
export type CompletionChunk = z.infer<typeof completionChunk>;
