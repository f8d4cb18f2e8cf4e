import { composeServices, compositionHasErrors } from '@theguild/federation-composition';
import { parse } from 'graphql';

/** One service's part of the graph. */
export type GraphPart = { readonly name: string; readonly sdl: string };

/**
 * One graph out of all parts, as supergraph SDL.
 * @throws Error that names each conflict.
 */
export function composeGraph(parts: readonly GraphPart[]): string {
  if (parts.length === 0) throw new Error('the graph has no subgraphs');
  // The URL is written into the supergraph and read by nobody: the transport knows where services are.
  const composition = composeServices(parts.map(({ name, sdl }) => ({ name, url: `http://${name}.service/graphql`, typeDefs: parse(sdl) })));
  if (compositionHasErrors(composition)) {
    throw new Error(`the subgraphs do not compose: ${composition.errors.map(({ message }) => message).join('; ')}`);
  }
  return composition.supergraphSdl;
}
