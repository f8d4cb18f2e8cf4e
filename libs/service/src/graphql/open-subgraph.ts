import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse, type GraphQLScalarType, type GraphQLSchema } from 'graphql';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { defaultLogger, type Logger } from '../logging/logger.js';
import { giveMutationsCommandIds } from './command-ids.js';
import { DateTime } from './date-time.scalar.js';
import { IntOrPercent } from './int-or-percent.scalar.js';
import { Json, JSONString } from './json.scalar.js';
import { localSchemas } from './local-schemas.js';
import type { GraphQLContext } from '../request/request-context.js';

/**
 * A resolver, or for a subscription an object with `subscribe`, which answers once nothing can be missed any more. Parents are
 * whatever the resolver above returned.
 */
export type FieldResolver =
  | ((parent: never, args: never, context: GraphQLContext) => unknown)
  | { subscribe(parent: never, args: never, context: GraphQLContext): AsyncIterableIterator<unknown> | Promise<AsyncIterableIterator<unknown>>; resolve?(value: never): unknown };

export type Resolvers = Readonly<Record<string, Readonly<Record<string, FieldResolver>>>>;

export type SubgraphDefinition = {
  /** Name in the federated graph, such as `registry`. */
  readonly subgraph: string;
  /** Schema language; scalars DateTime, JSONString, Json and IntOrPercent come with their meaning when declared. */
  readonly typeDefs: string;
  readonly resolvers: Resolvers;
  /** The token callers over HTTP must show; without one, the subgraph answers in-process only. */
  readonly internalToken?: () => string | null;
  readonly logger?: Logger;
};

type NodeHandler = (request: IncomingMessage, response: ServerResponse) => unknown;
/** The part of an HTTP application (express) that a subgraph needs. */
export type HttpApplication = { use(path: string, handler: NodeHandler): void };

const SCALARS: readonly GraphQLScalarType[] = [DateTime, JSONString, Json, IntOrPercent];
const PATH = '/graphql';

/**
 * Opens a federated subgraph, schema first: where the in-process gateway finds it, and behind HTTP when its service
 * listens. Closing takes it out of the graph again.
 * @throws Error when the SDL is not valid, or a resolver has no field in it.
 */
export function openSubgraph(definition: SubgraphDefinition, http?: HttpApplication): { readonly schema: GraphQLSchema; close(): void } {
  const { subgraph, typeDefs, resolvers } = definition;
  const declared = SCALARS.filter((scalar) => new RegExp(`^\\s*scalar ${scalar.name}\\b`, 'm').test(typeDefs));
  const scalars = Object.fromEntries(declared.map((scalar) => [scalar.name, scalar]));
  const schema = buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers: { ...resolvers, ...scalars } as never }]);
  checkResolvers(schema, definition);
  giveMutationsCommandIds(schema);
  localSchemas.set(subgraph, schema);
  if (http !== undefined) answerHttp(http, schema, definition);
  return {
    schema,
    close() {
      if (localSchemas.get(subgraph) === schema) localSchemas.delete(subgraph);
    },
  };
}

/** A misspelt resolver would otherwise never run, and its field read a property that is not there. */
function checkResolvers(schema: GraphQLSchema, { resolvers, subgraph }: SubgraphDefinition): void {
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName);
    if (type === undefined) throw new Error(`subgraph ${subgraph} has resolvers for ${typeName}, which is not in its schema`);
    const known = 'getFields' in type ? type.getFields() : {};
    const stray = Object.keys(fields).find((field) => !field.startsWith('__') && !Object.hasOwn(known, field));
    if (stray !== undefined) throw new Error(`subgraph ${subgraph} has a resolver for ${typeName}.${stray}, which is not in its schema`);
  }
}

/** The HTTP side is made at the first request: the embedded shape never sends one, and it costs start time and memory. */
function answerHttp(http: HttpApplication, schema: GraphQLSchema, { subgraph, internalToken, logger }: SubgraphDefinition): void {
  let handler: Promise<NodeHandler> | null = null;
  http.use(PATH, async (request, response) => {
    request.url = (request as { originalUrl?: string }).originalUrl ?? request.url;
    handler ??= import('./subgraph-http.js').then(({ subgraphHttpHandler }) =>
      subgraphHttpHandler(subgraph, schema, PATH, internalToken ?? (() => null), logger ?? defaultLogger()),
    );
    return (await handler)(request, response);
  });
}
