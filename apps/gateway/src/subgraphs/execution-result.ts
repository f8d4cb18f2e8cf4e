import { GraphQLError, type ExecutionResult } from 'graphql';

type Json = Readonly<Record<string, unknown>>;

/** The GraphQL result in a text of JSON, its errors as errors; `null` when there is none in it. */
export function executionResultOf(text: string): ExecutionResult | null {
  const json = parsed(text);
  if (!isObject(json) || (json['data'] == null && !Array.isArray(json['errors']))) return null;
  if (!Array.isArray(json['errors'])) return json as ExecutionResult;
  return { ...json, errors: json['errors'].filter(isObject).map(graphQLErrorOf) } as ExecutionResult;
}

function graphQLErrorOf({ message, path, extensions }: Json): GraphQLError {
  return new GraphQLError(typeof message === 'string' ? message : 'an error without a message', {
    path: Array.isArray(path) ? (path as (string | number)[]) : null,
    extensions: isObject(extensions) ? { ...extensions } : {},
  });
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
