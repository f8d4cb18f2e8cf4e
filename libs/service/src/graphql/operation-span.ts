import { getOperationAST, type DocumentNode } from 'graphql';
import type { RequestContext } from '../request/request-context.js';
import { durationHistogram, metering } from '../telemetry/instruments.js';
import { currentTraceparent, isThenable, markFailedAs, tracing, withSpan } from '../telemetry/with-span.js';

/** Longest operation name kept in a span, in characters: clients choose them. */
const NAME_CHARS_MAX = 100;
/** What an answer with errors in it is called in `error.type`. */
const GRAPHQL_ERRORS = 'graphql_errors';

const operationDuration = durationHistogram('graphql.server.operation.duration', 'Duration of GraphQL operations in a subgraph');

export type TracedOperation = {
  readonly subgraph: string;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly request: RequestContext;
};

/**
 * Executes one GraphQL operation in a span, with a request whose `traceparent` is that span, so that the events it leads to
 * carry it. The span has the operation's name and type, never its text or values. Without telemetry, `run` is just called.
 */
export function withOperationSpan<T>({ subgraph, document, operationName, request }: TracedOperation, run: (request: RequestContext) => T): T {
  if (!tracing.isOn && !metering.isOn) return run(request);
  const operation = getOperationAST(document, operationName);
  const type = operation?.operation ?? 'query';
  const name = operation?.name?.value.slice(0, NAME_CHARS_MAX);
  const attributes = { 'graphql.operation.type': type, 'slipway.subgraph': subgraph };
  const startedAtMs = performance.now();
  const setup = {
    attributes: { ...attributes, ...(name === undefined ? {} : { 'graphql.operation.name': name }), 'slipway.request.id': request.requestId, 'slipway.correlation.id': request.correlationId },
    // In a process of its own the HTTP span is active; in the gateway's, only the request says what this belongs to.
    ...(currentTraceparent() === undefined ? { parent: request.traceparent } : {}),
  };
  return withSpan(name === undefined ? type : `${type} ${name}`, setup, (span) => {
    const measured = (result: unknown): void => {
      const hasErrors = ((result as { errors?: readonly unknown[] } | null)?.errors?.length ?? 0) > 0;
      if (hasErrors) markFailedAs(span, GRAPHQL_ERRORS);
      operationDuration.record((performance.now() - startedAtMs) / 1000, { ...attributes, ...(hasErrors ? { 'error.type': GRAPHQL_ERRORS } : {}) });
    };
    const result = run({ ...request, traceparent: currentTraceparent() ?? request.traceparent });
    if (!isThenable(result)) {
      measured(result);
      return result;
    }
    return result.then((value: unknown) => {
      measured(value);
      return value;
    }) as T;
  });
}
