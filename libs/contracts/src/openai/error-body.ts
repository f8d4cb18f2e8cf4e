import { z } from 'zod';

/** Body of every answer with a status of 400 or more, and of a stream that breaks. */
export const openAiErrorBody = z.looseObject({
  error: z.looseObject({ message: z.string(), type: z.string(), param: z.string().nullable(), code: z.string().nullable() }),
});
export type OpenAiErrorBody = z.infer<typeof openAiErrorBody>;
