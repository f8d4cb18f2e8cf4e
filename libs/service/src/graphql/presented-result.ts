import type { ExecutionResult } from 'graphql';
import type { Logger } from '../logging/logger.js';
import { toGraphQLError } from './graphql-error.js';

/** Passes every error of a result, or of each result of a subscription, through `toGraphQLError`. */
export function presentedResult<T>(result: T, requestId: string, logger: Logger): T {
  if (isAsyncIterable(result)) return presentedStream(result, requestId, logger) as T;
  const { errors } = result as ExecutionResult;
  if (errors === undefined) return result;
  return { ...result, errors: errors.map((error) => toGraphQLError(error, requestId, logger)) };
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Hand-written, so that `return()` reaches the source while `next()` waits. */
function presentedStream(source: AsyncIterable<unknown>, requestId: string, logger: Logger): AsyncIterableIterator<unknown> {
  const iterator = source[Symbol.asyncIterator]();
  const end = { value: undefined, done: true } as const;
  return {
    async next() {
      try {
        const step = await iterator.next();
        return step.done === true ? step : { done: false, value: presentedResult(step.value, requestId, logger) };
      } catch (error) {
        throw toGraphQLError(error, requestId, logger);
      }
    },
    async return() {
      return (await iterator.return?.()) ?? end;
    },
    async throw(error: unknown) {
      return (await iterator.throw?.(error)) ?? end;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
