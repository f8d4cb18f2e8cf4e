import { INTERNAL_TOKEN_HEADER, localSchemas } from '@slipway/service';
import { graphql, type GraphQLSchema } from 'graphql';
import { z } from 'zod';

/** One service's part of the graph, and how to reach it. */
export type SubgraphSource = {
  readonly name: string;
  /** Where it answers over HTTP; `null` when it runs in this process. */
  readonly url: string | null;
  /** What to execute when it runs in this process. */
  readonly schema: GraphQLSchema | null;
  /** Its schema as federated SDL. */
  sdl(): Promise<string>;
};

/** How long a service may take to tell its schema, in milliseconds. */
const SDL_TIMEOUT_MS = 5_000;
const SDL_QUERY = '{ _service { sdl } }';
const sdlAnswer = z.object({ data: z.object({ _service: z.object({ sdl: z.string() }) }) });

/** Every subgraph that runs in this process by now. */
export function localSubgraphs(): SubgraphSource[] {
  return [...localSchemas].map(([name, schema]) => ({
    name,
    url: null,
    schema,
    sdl: async () => sdlOf(name, await graphql({ schema, source: SDL_QUERY })),
  }));
}

/** Subgraphs of other processes, asked over HTTP with the token that services show each other. */
export function remoteSubgraphs(services: readonly { name: string; url: string }[], internalToken: string): SubgraphSource[] {
  return services.map(({ name, url }) => ({
    name,
    url,
    schema: null,
    sdl: async () => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [INTERNAL_TOKEN_HEADER]: internalToken },
        body: JSON.stringify({ query: SDL_QUERY }),
        signal: AbortSignal.timeout(SDL_TIMEOUT_MS),
      });
      return sdlOf(name, await response.json());
    },
  }));
}

function sdlOf(name: string, answer: unknown): string {
  const parsed = sdlAnswer.safeParse(answer);
  if (!parsed.success) throw new Error(`subgraph ${name} did not tell its schema: ${JSON.stringify(answer).slice(0, 500)}`);
  return parsed.data.data._service.sdl;
}
