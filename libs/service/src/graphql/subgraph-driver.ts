import { Inject, Injectable, type Type } from '@nestjs/common';
import { AbstractGraphQLDriver, GraphQLFederationFactory, type GqlModuleOptions } from '@nestjs/graphql';
import { isScalarType, type GraphQLScalarType, type GraphQLSchema } from 'graphql';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { defaultLogger, type Logger } from '../logging/logger.js';
import { giveMutationsCommandIds } from './command-ids.js';
import { localSchemas } from './local-schemas.js';

export type SubgraphOptions = {
  /** Name in the federated graph, such as `registry`. */
  readonly subgraph: string;
  /** The Nest module that declares the resolvers and in which every type is registered (`registerIn`). */
  readonly module: () => Type;
  /** Entities that nothing in this subgraph returns, because it only adds fields to them. */
  readonly entities?: () => readonly Type[];
  /** Where the subgraph answers over HTTP when its service listens. Default `/graphql`. */
  readonly path?: string;
  /** Scalars of its own, besides those of this library. */
  readonly scalars?: readonly GraphQLScalarType[];
  /** The token callers over HTTP must show; without one, the subgraph answers in-process only. */
  readonly internalToken?: () => string | null;
  readonly logger?: Logger;
};

export type SubgraphDriverOptions = GqlModuleOptions & { readonly slipway: SubgraphOptions };

type NodeHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Puts a code-first federated schema where the in-process gateway finds it, and behind HTTP when the service listens. */
@Injectable()
export class SubgraphDriver extends AbstractGraphQLDriver<SubgraphDriverOptions> {
  @Inject() private readonly federation!: GraphQLFederationFactory;
  #registered: { readonly name: string; readonly schema: GraphQLSchema } | null = null;

  override async generateSchema(options: SubgraphDriverOptions): Promise<GraphQLSchema> {
    const schema = await this.federation.generateSchema(options);
    reviveScalars(schema, options.slipway.scalars ?? []);
    giveMutationsCommandIds(schema);
    return schema;
  }

  async start(options: SubgraphDriverOptions): Promise<void> {
    const { schema, slipway } = options;
    if (schema === undefined) throw new Error(`subgraph ${slipway.subgraph} has no schema`);
    localSchemas.set(slipway.subgraph, schema);
    this.#registered = { name: slipway.subgraph, schema };

    // Made at the first HTTP request: the embedded shape never sends one, and the server costs start time and memory.
    let handler: Promise<NodeHandler> | null = null;
    const http = this.httpAdapterHost.httpAdapter.getInstance() as { use(path: string, handler: NodeHandler): void };
    const path = options.path ?? '/graphql';
    http.use(path, async (request, response) => {
      request.url = (request as { originalUrl?: string }).originalUrl ?? request.url;
      handler ??= import('./subgraph-http.js').then(({ subgraphHttpHandler }) =>
        subgraphHttpHandler(schema, path, slipway.internalToken ?? (() => null), slipway.logger ?? defaultLogger()),
      );
      return (await handler)(request, response);
    });
    await Promise.resolve();
  }

  async stop(): Promise<void> {
    const registered = this.#registered;
    if (registered !== null && localSchemas.get(registered.name) === registered.schema) localSchemas.delete(registered.name);
    await Promise.resolve();
  }
}

/** Federation rebuilds the schema from printed SDL, which forgets how custom scalars parse and serialise. */
function reviveScalars(schema: GraphQLSchema, scalars: readonly GraphQLScalarType[]): void {
  for (const scalar of scalars) {
    const type = schema.getType(scalar.name);
    if (!isScalarType(type)) continue;
    type.serialize = scalar.serialize;
    type.parseValue = scalar.parseValue;
    type.parseLiteral = scalar.parseLiteral;
  }
}
