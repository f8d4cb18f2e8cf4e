import type { DynamicModule, Type } from '@nestjs/common';
import { GraphQLModule, type BuildSchemaOptions } from '@nestjs/graphql';
import { DateTime } from './date-time.scalar.js';
import { IntOrPercent } from './int-or-percent.scalar.js';
import { Json, JSONString } from './json.scalar.js';
import { SubgraphDriver, type SubgraphDriverOptions, type SubgraphOptions } from './subgraph-driver.js';

/** The newest federation version the composer knows; Nest's own default is newer and does not compose. */
const FEDERATION_URL = 'https://specs.apollo.dev/federation/v2.9';
const FEDERATION_DIRECTIVES = ['@key', '@shareable', '@external', '@requires', '@provides', '@override', '@inaccessible', '@tag', '@extends'];

/**
 * A federated GraphQL subgraph in a Nest service. Types are registered per module (`registerIn: () => Module`), because
 * Nest's type storage is one per process and all services share a process in the embedded shape. Dates are declared
 * `() => DateTime`: `() => Date` is Nest's own scalar of the same name, and both in one schema fail at start.
 */
export function subgraphModule(options: SubgraphOptions): DynamicModule {
  return GraphQLModule.forRootAsync<SubgraphDriverOptions>({
    driver: SubgraphDriver,
    // A factory, so that the module is looked up when it exists, not while its decorator runs.
    useFactory: () => ({
      slipway: { ...options, scalars: [DateTime, JSONString, Json, IntOrPercent, ...(options.scalars ?? [])] },
      path: options.path ?? '/graphql',
      include: [options.module()],
      autoSchemaFile: { federation: { version: 2, importUrl: FEDERATION_URL, directives: FEDERATION_DIRECTIVES } },
      buildSchemaOptions: buildOptions(options),
    }),
  });
}

/** The federation factory forgets to pass the module list on; `includeModules` is what it would pass. */
function buildOptions(options: SubgraphOptions): BuildSchemaOptions {
  const withModules: BuildSchemaOptions & { includeModules: readonly Type[] } = {
    includeModules: [options.module()],
    orphanedTypes: [...(options.entities?.() ?? [])],
  };
  return withModules;
}
