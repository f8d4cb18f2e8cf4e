import { z } from 'zod';

/** Answer of `GET /v1/models/<id>`. `created` is in seconds since 1970. */
export const openAiModel = z.looseObject({ id: z.string(), object: z.literal('model'), created: z.number(), owned_by: z.string() });
export type OpenAiModel = z.infer<typeof openAiModel>;

/** Answer of `GET /v1/models`. */
export const modelList = z.looseObject({ object: z.literal('list'), data: z.array(openAiModel) });
export type ModelList = z.infer<typeof modelList>;
