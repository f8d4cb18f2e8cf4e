import { errorCatalogue, isSlipwayError, SlipwayError, type FieldProblem } from '@slipway/contracts';
import { GraphQLError } from 'graphql';
import { defaultLogger, type Logger } from '../logging/logger.js';

/**
 * The one way an error leaves a subgraph. A refusal keeps its code, status, fields and problems; a malformed argument is
 * INVALID_INPUT; anything else is logged with the request id and answered as INTERNAL, without a word of what broke.
 */
export function toGraphQLError(error: unknown, requestId: string, logger: Logger = defaultLogger()): GraphQLError {
  const located = error instanceof GraphQLError ? error : null;
  const cause = rootCause(error);
  if (isSlipwayError(cause)) return refusal(cause, located);
  if (located !== null && isPresentable(located)) return located;
  if (cause instanceof GraphQLError && isAboutInput(cause)) return wrongInput(cause, located);
  logger.error({ event: 'request.failed', requestId, path: located?.path?.join('.'), err: cause }, 'request failed');
  return refusal(new SlipwayError('INTERNAL', { requestId }), located);
}

/** Already carries a code of ours or of the GraphQL layer, hence was made to be shown. */
export function isPresentable(error: GraphQLError): boolean {
  const code = error.extensions['code'];
  return typeof code === 'string' && (Object.hasOwn(errorCatalogue, code) || code.startsWith('GRAPHQL_'));
}

function rootCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError != null) cause = cause.originalError;
  return cause;
}

/** Argument and variable coercion point at the document; a result that does not fit its type points nowhere. */
function isAboutInput(error: GraphQLError): boolean {
  return (error.nodes?.length ?? 0) > 0;
}

function wrongInput(cause: GraphQLError, located: GraphQLError | null): GraphQLError {
  // A gateway renames variables on their way, so their names would only confuse.
  const problem = cause.message.replace(/^Variable "\$[^"]*" /, '');
  return presented('INVALID_INPUT', problem, { problems: [{ field: fieldOf(cause), problem }] }, located);
}

function fieldOf(cause: GraphQLError): string {
  const [, argument] = /^Argument "([^"]+)"/.exec(cause.message) ?? [];
  const [, inVariable] = / at "[^".]+\.([^"]+)"/.exec(cause.message) ?? [];
  return argument ?? inVariable ?? 'variables';
}

function refusal(error: SlipwayError & { problems?: readonly FieldProblem[] }, located: GraphQLError | null): GraphQLError {
  const problems = error.problems === undefined ? {} : { problems: error.problems };
  return presented(error.code, error.message, { fields: error.fields, ...problems }, located);
}

function presented(code: keyof typeof errorCatalogue, message: string, rest: object, located: GraphQLError | null): GraphQLError {
  return new GraphQLError(message, {
    nodes: located?.nodes ?? null,
    path: located?.path ?? null,
    extensions: { code, status: errorCatalogue[code].status, ...rest },
  });
}
