import { composeServices, compositionHasErrors } from '@theguild/federation-composition';
import { parse } from 'graphql';
import type { SubgraphSource } from './subgraph-source.js';

/**
 * One graph out of all subgraphs, as supergraph SDL. Asks every subgraph anew, so that whoever polls sees changes and
 * keeps the last good graph when this throws.
 * @throws Error that names each conflict.
 */
export async function composeGraph(sources: readonly SubgraphSource[]): Promise<string> {
  if (sources.length === 0) throw new Error('the graph has no subgraphs');
  const services = await Promise.all(
    sources.map(async (source) => ({
      name: source.name,
      url: source.url ?? `http://${source.name}.in-process/graphql`,
      typeDefs: parse(await source.sdl()),
    })),
  );
  const composition = composeServices(services);
  if (compositionHasErrors(composition)) {
    throw new Error(`the subgraphs do not compose: ${composition.errors.map(({ message }) => message).join('; ')}`);
  }
  return composition.supergraphSdl;
}
