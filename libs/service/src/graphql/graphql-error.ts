import { errorCatalogue, isSlipwayError, SlipwayError, type FieldProblem } from '@slipway/contracts';
import { GraphQLError } from 'graphql';
import { troubleReport, type TroubleReport } from '../lifecycle/trouble-report.js';
import { defaultLogger, type Logger } from '../logging/logger.js';
import { unavailableServer } from './unavailable-server.js';

/**
 * The one way an error leaves a subgraph. A refusal keeps its code, status, fields and problems; a malformed argument is
 * INVALID_INPUT; a log or database that is away is UNAVAILABLE, its reason logged; anything else is logged with the request
 * id and answered as INTERNAL, without a word of what broke.
 */
export function toGraphQLError(error: unknown, requestId: string, logger: Logger = defaultLogger()): GraphQLError {
  const located = error instanceof GraphQLError ? error : null;
  const chain = causes(error);
  const cause = chain.at(-1);
  if (isSlipwayError(cause)) return refusal(cause, located);
  if (located !== null && isPresentable(located)) return located;
  const aboutDocument = chain.find((link) => link instanceof GraphQLError && link.path === undefined && (link.nodes?.length ?? 0) > 0);
  if (aboutDocument instanceof GraphQLError) return wrongDocument(aboutDocument, located);
  const away = unavailableServer(cause);
  if (away !== null) {
    unavailableReport(logger)(cause, { requestId });
    return refusal(new SlipwayError('UNAVAILABLE', { what: away }), located);
  }
  logger.error({ event: 'request.failed', requestId, path: located?.path?.join('.'), err: cause }, 'request failed');
  return refusal(new SlipwayError('INTERNAL', { requestId }), located);
}

const reports = new WeakMap<Logger, TroubleReport>();

/** Many requests meet one cause. */
function unavailableReport(logger: Logger): TroubleReport {
  const report = reports.get(logger) ?? troubleReport(logger, { event: 'request.unavailable', words: 'requests cannot be answered' });
  reports.set(logger, report);
  return report;
}

/** Already carries a code of ours or of the GraphQL layer, hence was made to be shown. */
export function isPresentable(error: GraphQLError): boolean {
  const code = error.extensions['code'];
  return typeof code === 'string' && (Object.hasOwn(errorCatalogue, code) || code.startsWith('GRAPHQL_'));
}

/** From the outermost error to what was thrown first. */
function causes(error: unknown): unknown[] {
  const chain = [error];
  for (let link = error; link instanceof GraphQLError && link.originalError != null; ) chain.push((link = link.originalError));
  return chain;
}

/**
 * An error that points at the document and at no result: a value that does not fit its type, or a document that does not
 * fit the schema. (A result that does not fit its type has a path, and is our fault.)
 */
function wrongDocument(cause: GraphQLError, located: GraphQLError | null): GraphQLError {
  const { message } = cause;
  const value = /^Variable "\$([^"]+)" (?:got|of)|^Argument "([^"]+)"/.exec(message);
  if (value === null) return new GraphQLError(message, { nodes: cause.nodes ?? null, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  const [, inVariable] = / at "[^".]+\.([^"]+)";/.exec(message) ?? [];
  // A gateway renames variables on their way, so only what follows the name helps.
  const problem = message.replace(/^Variable .*?(; |" of (?=required))/s, '');
  return presented('INVALID_INPUT', problem, { problems: [{ field: inVariable ?? value[2] ?? value[1], problem }] }, located);
}

function refusal(error: SlipwayError & { problems?: readonly FieldProblem[] }, located: GraphQLError | null): GraphQLError {
  const { code, message, problems } = error;
  if (problems === undefined) return presented(code, message, { fields: error.fields }, located);
  // As a list they say more than as the one text they are in the message.
  const { problems: _asText, ...fields } = error.fields;
  return presented(code, message, { fields, problems }, located);
}

function presented(code: keyof typeof errorCatalogue, message: string, rest: object, located: GraphQLError | null): GraphQLError {
  return new GraphQLError(message, {
    nodes: located?.nodes ?? null,
    path: located?.path ?? null,
    extensions: { code, status: errorCatalogue[code].status, ...rest },
  });
}
