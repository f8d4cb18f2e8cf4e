import type { ExecutionResult } from 'graphql';
import { z } from 'zod';

/** What the instances of a service tell of its schema, and why others told nothing. */
export type SdlAnswers = { readonly sdls: readonly string[]; readonly failures: readonly string[] };

export const SDL_QUERY = '{ _service { sdl } }';

const sdlAnswer = z.object({ data: z.object({ _service: z.object({ sdl: z.string().min(1) }) }) });

/** The federated SDL in the answer to `SDL_QUERY`; `null` when it is not in it. */
export function sdlIn(result: ExecutionResult): string | null {
  return sdlAnswer.safeParse(result).data?.data._service.sdl ?? null;
}
