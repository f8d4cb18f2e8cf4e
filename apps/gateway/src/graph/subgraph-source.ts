import { defaultLogger, localSchemas, type Logger } from '@slipway/service';
import { graphql, type GraphQLSchema } from 'graphql';
import { RemoteSubgraph } from '../subgraphs/remote-subgraph.js';
import { SDL_QUERY, sdlIn, type SdlAnswers } from '../subgraphs/sdl-answer.js';
import type { SubgraphLimits } from '../subgraphs/subgraph-limits.js';

/** One service's part of the graph, and how to reach it. */
export type SubgraphSource = {
  readonly name: string;
  /** What to execute: a schema of this process, or the service's instances over HTTP. */
  readonly reach: GraphQLSchema | RemoteSubgraph;
  /** Its schema as federated SDL: one, or as many as its instances tell while they differ. Never rejects. */
  askSdl(): Promise<SdlAnswers>;
};

/** Where the instances of one service answer. */
export type SubgraphService = { readonly name: string; readonly urls: readonly string[] };

/** Every subgraph that runs in this process by now. */
export function localSubgraphs(): SubgraphSource[] {
  return [...localSchemas].map(([name, schema]) => ({ name, reach: schema, askSdl: async () => localSdl(schema) }));
}

/**
 * Subgraphs of other processes, asked over HTTP with the token that services show each other.
 * @throws Error when a service has no URL, or one that is not http or https.
 */
export function remoteSubgraphs(
  services: readonly SubgraphService[],
  internalToken: string,
  { limits = {}, logger = defaultLogger() }: { readonly limits?: Partial<SubgraphLimits>; readonly logger?: Logger } = {},
): SubgraphSource[] {
  return services.map(({ name, urls }) => {
    const remote = new RemoteSubgraph({ name, urls, internalToken, limits, logger });
    return { name, reach: remote, askSdl: () => remote.askSdl() };
  });
}

async function localSdl(schema: GraphQLSchema): Promise<SdlAnswers> {
  const result = await graphql({ schema, source: SDL_QUERY });
  const sdl = sdlIn(result);
  return sdl === null ? { sdls: [], failures: [`it does not tell its schema: ${JSON.stringify(result.errors ?? null)}`] } : { sdls: [sdl], failures: [] };
}
