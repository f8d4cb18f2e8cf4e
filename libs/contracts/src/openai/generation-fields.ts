import { z } from 'zod';

/** What chat and plain completions have in common. Unknown fields pass: engines have settings of their own. */
export const generationFields = {
  model: z.string().min(1),
  frequency_penalty: z.number().nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  max_tokens: z.number().int().nullish(),
  n: z.number().int().nullish(),
  presence_penalty: z.number().nullish(),
  seed: z.number().int().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  user: z.string().optional(),
};

/** What an answer of either kind begins with. `created` is in seconds since 1970. */
export const answerFields = { id: z.string(), created: z.number(), model: z.string(), system_fingerprint: z.exactOptional(z.string()) };

/** Part of an answer. Engines write null where OpenAI leaves a field out; it is read as left out. */
export const answerObject = <Shape extends z.ZodRawShape>(shape: Shape) => z.preprocess(withoutNulls, z.looseObject(shape));

const withoutNulls = (given: unknown): unknown =>
  typeof given === 'object' && given !== null && !Array.isArray(given)
    ? Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))
    : given;

/** Tokens read and written. */
export const tokenUsage = answerObject({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
  prompt_tokens_details: z.exactOptional(z.looseObject({ cached_tokens: z.exactOptional(z.number()) })),
  completion_tokens_details: z.exactOptional(z.looseObject({ reasoning_tokens: z.exactOptional(z.number()) })),
});
export type TokenUsage = z.infer<typeof tokenUsage>;
