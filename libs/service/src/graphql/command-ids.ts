import type { GraphQLSchema } from 'graphql';
import type { GraphQLContext } from '../request/request-context.js';

/**
 * Gives every root mutation field its own command id, `<request's command id>/<response key>`, so that one document with
 * two mutations under one `Idempotency-Key` is two commands, and the same document again is the same two.
 */
export function giveMutationsCommandIds(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve;
    if (resolve === undefined) continue;
    field.resolve = (root, args, context: GraphQLContext, info) => {
      const commandId = `${context.request.commandId}/${context.request.responseKey ?? String(info.path.key)}`;
      return resolve(root, args, { ...context, request: { ...context.request, commandId } }, info) as unknown;
    };
  }
}
