import type { GraphQLSchema } from 'graphql';

/** Subgraph name → the schema that runs in this process: what an in-process gateway composes and executes. */
export const localSchemas = new Map<string, GraphQLSchema>();
