import { z } from 'zod';
import { textOrTokens } from './completion.js';

/** Body of `POST /v1/embeddings`. */
export const embeddingRequest = z.looseObject({
  model: z.string().min(1),
  input: textOrTokens,
  dimensions: z.number().int().optional(),
  encoding_format: z.enum(['float', 'base64']).optional(),
  user: z.string().optional(),
});
export type EmbeddingRequest = z.infer<typeof embeddingRequest>;

const answer = <T extends z.ZodType>(embedding: T) =>
  z.looseObject({
    object: z.literal('list'),
    model: z.string(),
    data: z.array(z.looseObject({ object: z.literal('embedding'), index: z.number(), embedding })),
    usage: z.looseObject({ prompt_tokens: z.number(), total_tokens: z.number() }),
  });

/** Answer of `POST /v1/embeddings`. */
export const embeddingList = answer(z.array(z.number()));
/** The same when `encoding_format` is `base64`: little-endian 32-bit floats. */
export const base64EmbeddingList = answer(z.string());
export type EmbeddingList = z.infer<typeof embeddingList>;
