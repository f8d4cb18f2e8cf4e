import { composeServices, compositionHasErrors } from '@theguild/federation-composition';
import { buildSchema, lexicographicSortSchema, parse, printSchema } from 'graphql';

/** One service's part of the graph. */
export type GraphPart = { readonly name: string; readonly sdl: string };

/**
 * One graph out of all parts, as supergraph SDL.
 * @throws Error that names each conflict.
 */
export const composeGraph = (parts: readonly GraphPart[]): string => compose(parts).supergraphSdl;

/**
 * What clients are offered of that graph, as SDL in the order of the alphabet: equal graphs give equal text.
 * @throws Error that names each conflict.
 */
export const publicGraph = (parts: readonly GraphPart[]): string => `${printSchema(lexicographicSortSchema(buildSchema(compose(parts).publicSdl)))}\n`;

function compose(parts: readonly GraphPart[]) {
  if (parts.length === 0) throw new Error('the graph has no subgraphs');
  // The URL is written into the supergraph and read by nobody: the transport knows where services are.
  const composition = composeServices(parts.map(({ name, sdl }) => ({ name, url: `http://${name}.service/graphql`, typeDefs: parse(sdl) })));
  if (compositionHasErrors(composition)) {
    throw new Error(`the subgraphs do not compose: ${composition.errors.map(({ message }) => message).join('; ')}`);
  }
  return composition;
}
